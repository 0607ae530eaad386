"""Nudges: a word to a learner, once, at the right time, and why there is none.

scan     all learners, several times a day          login    one who logged in
achieved one who reached a goal                     words    what nudges say
"""
