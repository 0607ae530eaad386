"""A churn model of one's own: learned from what became of tutors, used only where it beats the formula.

train   the job          learn   samples to a model and its figures          plot   its picture
"""
