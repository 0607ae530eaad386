"""What is done about open interventions: by whom, how soon, who is told, and what came of it.

assign    a trainer for each that has none        escalate  what nobody acts on goes to the course's owner
settle    enrollments that ended                  effects   whether it helped, after 7 and after 14 days
silence   students who are silent                 told      who was told of what, once for a kind
flags     flags equal open rows                   counts    what was found of each day, and how often a rule was wrong
"""

from __future__ import annotations

from bellwork.db.support.care.assign import assign
from bellwork.db.support.care.counts import count_days
from bellwork.db.support.care.effects import check_effects
from bellwork.db.support.care.escalate import Limits, escalate
from bellwork.db.support.care.flags import mend_flags
from bellwork.db.support.care.paused import is_paused
from bellwork.db.support.care.settle import settle_ended, settle_one
from bellwork.db.support.care.silence import Silent, begin_spells, is_silent
from bellwork.db.support.care.told import Waiting, take_untold, told_rows

__all__ = [
    "Limits",
    "Silent",
    "Waiting",
    "assign",
    "begin_spells",
    "check_effects",
    "count_days",
    "escalate",
    "is_paused",
    "is_silent",
    "mend_flags",
    "settle_ended",
    "settle_one",
    "take_untold",
    "told_rows",
]
