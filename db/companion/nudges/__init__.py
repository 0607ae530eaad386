"""Nudges: who is due one, who gets it, and why others do not; every function takes the caller's connection first.

rules    pure functions: what is due, and what is against it          due    one statement for each type gives them
"""

from bellwork.db.companion.nudges.due import (
    Given,
    Last,
    Some,
    Words,
    middle_learner,
    nudge_achievers,
    nudge_arrival,
    nudge_inactive,
)

__all__ = ["Given", "Last", "Some", "Words", "middle_learner", "nudge_achievers", "nudge_arrival", "nudge_inactive"]
