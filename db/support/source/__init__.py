"""What other systems know of learners, taken in: a mirror, so that support works alone and a source may be away.

steps     THE steps, each one statement over a page of the source      take   one page, whole, or not at all
compare   what the source deleted                                      marks  how far each step has come
"""

from __future__ import annotations

from bellwork.db.support.source.compare import compare
from bellwork.db.support.source.marks import Away, begin, end, list_away, note_away
from bellwork.db.support.source.steps import STEPS, Step
from bellwork.db.support.source.take import Page, look_at, take

__all__ = [
    "STEPS",
    "Away",
    "Page",
    "Step",
    "begin",
    "compare",
    "end",
    "list_away",
    "look_at",
    "note_away",
    "take",
]
