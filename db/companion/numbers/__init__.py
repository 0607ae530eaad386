"""What the learner's numbers are counted from and where they stand; every function takes the caller's connection first.

ratings   an answer and the rating it moves        goals      what counts for a goal, and its numbers
learners  what stands in a learner's own row       counted    items, sessions and days in a row
"""

from __future__ import annotations
