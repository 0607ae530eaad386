"""Attempts at assessments: graded once, when they are submitted or when their time is over.

rules    which answer is right      code    answers that are programs      grade    one attempt      time_out    many
"""
