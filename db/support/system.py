"""What Bellwork is told of the support system."""

from __future__ import annotations

from bellwork.db.support.rules import KEPT, RULES
from bellwork.db.vocabulary import System

SYSTEM = System(
    "support",
    tables="bellwork.db.support.tables",
    versions="bellwork.db.support.versions",
    rules=RULES,
    kept=KEPT,
    functions=(
        *("note_quiz_attempt", "note_topic_completion", "note_escalation"),
        *("note_contact", "snooze", "resolve_intervention", "dismiss_intervention"),
    ),
    work="bellwork.tasks.support",
    entries="bellwork.tasks.support.entries",
    explains="bellwork.db.support.explain",
    concerns="bellwork.db.support.concerns",
    letters="bellwork.tasks.support.letters",
    figures="bellwork.db.support.figures",
    scenes="bellwork.tasks.support.scenes",
    samples="bellwork.db.support.samples",
    erase="bellwork.db.support.erase",
)
