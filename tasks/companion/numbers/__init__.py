"""The learner's numbers: ratings, goals, points and percentages, always counted from the rows.

elo   progress   experience   percentages   confidence   rounding    the formulas, as pure functions
"""
