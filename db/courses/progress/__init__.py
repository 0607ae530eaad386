"""How far learners are: lessons by what was done of them, courses by counting lessons, days by what happened on them.

lessons   what was done of a lesson, and whether that is all of it     courses   counts of enrollments, and completion
days      what a learner did on a day of his                           plan      the view of streaks
"""
