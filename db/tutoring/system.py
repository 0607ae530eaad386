"""What Bellwork is told of the tutoring system."""

from __future__ import annotations

from bellwork.db.tutoring.rules import KEPT, RULES
from bellwork.db.vocabulary import System

SYSTEM = System(
    "tutoring",
    tables="bellwork.db.tutoring.tables",
    versions="bellwork.db.tutoring.versions",
    rules=RULES,
    kept=KEPT,
    functions=("note_change", "note_changes"),
    work="bellwork.tasks.tutoring",
    entries="bellwork.tasks.tutoring.entries",
    explains="bellwork.db.tutoring.explain",
    letters="bellwork.tasks.tutoring.letters",
    scenes="bellwork.tasks.tutoring.scenes",
    samples="bellwork.db.tutoring.samples",
    erase="bellwork.db.tutoring.erase",
)
