"""What is done for tutors: the rules, what they begin and why, and how it ends.

rules     THE table of the twelve rules         facts     what they read        propose   what they begin, and why not
care      carried out, approved, escalated      outcomes  what became of it
"""

from __future__ import annotations

from bellwork.db.tutoring.interventions.care import (
    Escalation,
    Intervention,
    carry_out,
    decide,
    escalate,
    note_unsent,
    read_intervention,
)
from bellwork.db.tutoring.interventions.outcomes import track_outcomes
from bellwork.db.tutoring.interventions.propose import Proposed, propose

__all__ = [
    "Escalation",
    "Intervention",
    "Proposed",
    "carry_out",
    "decide",
    "escalate",
    "note_unsent",
    "propose",
    "read_intervention",
    "track_outcomes",
]
