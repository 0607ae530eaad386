"""What Bellwork is told of the companion system."""

from __future__ import annotations

from bellwork.db.companion.pipelines import PRACTICE_SETS
from bellwork.db.companion.rules import KEPT, RULES
from bellwork.db.vocabulary import System

SYSTEM = System(
    "companion",
    tables="bellwork.db.companion.tables",
    versions="bellwork.db.companion.versions",
    rules=RULES,
    kept=KEPT,
    pipelines=(PRACTICE_SETS,),
    work="bellwork.tasks.companion",
    entries="bellwork.tasks.companion.entries",
    letters="bellwork.tasks.companion.letters",
    explains="bellwork.db.companion.nudges.explain",
    scenes="bellwork.tasks.companion.scenes",
    erase="bellwork.db.companion.erase",
)
