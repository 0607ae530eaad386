"""Attempts at assessments: graded once, when they are submitted or when their time is over.

rules    which answer is right      programs    answers that are run      grade    one attempt      time_out    many
"""
