"""How far learners are: what players, labs and quizzes tell moves lessons, courses and days; rows are what counts.

event    what is told, checked        settle    a lesson, its course and its day, in the caller's transaction
record   the actor for what is told   nightly   all enrollments from their rows, a set at a time     days   exported
"""
