"""Attempts at assessments: which are due, what was answered, and one grade by compare-and-set.

due     attempts whose time is over      answers    questions with what was answered      grade    writes grades
"""
