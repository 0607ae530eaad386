"""Tells trainers which students are theirs, and owners of courses what nobody acts on: once for each row and kind.

One who has more than five new rows gets one letter about all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.support.care.told import ASSIGNED, ESCALATED, note_keys, reader, take_untold, told_rows
from bellwork.db.vocabulary.letter import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.support.care.told import ToldRow, Waiting
    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

#: Rows that a person gets a letter each for, at most.
EACH = 5
#: Rows that one letter names, and characters of a name or of figures in it, at most.
NAMED, _WIDE, _LONG = 100, 120, 500
_WORDS = {
    "quiz_failures": "failed quizzes",
    "low_progress": "little progress",
    "low_quiz_average": "a low quiz average",
    "inactive": "no topic completed for a week",
    "ai_escalations": "questions that the assistant handed on",
}
_ACTS = {
    "automated_email": "a letter to the student",
    "trainer_notification": "a word with the student",
    "one_on_one_scheduled": "a meeting with the student",
    "mentor_assigned": "a mentor for the student",
    "resource_recommended": "more to learn from",
    "deadline_extended": "more time",
}


def tell_people(conn: Connection) -> int:
    """Post what trainers and owners were not told yet, in the caller's transaction; returns how many letters."""
    return sum(_tell(conn, kind) for kind in (ASSIGNED, ESCALATED))


def _tell(conn: Connection, kind: str) -> int:
    letters: list[NewLetter] = []
    for waiting in take_untold(conn, kind):
        letters += _post(conn, kind, waiting)
    post_many(conn, letters)
    return len(letters)


def _post(conn: Connection, kind: str, waiting: Waiting) -> list[NewLetter]:
    parts = [waiting.rows] if len(waiting.rows) > EACH else [(row,) for row in waiting.rows]
    letters = []
    for rows in parts:
        key = f"support.{kind}:{rows[0]}"
        note_keys(conn, kind, dict.fromkeys(rows, key))
        letters.append(
            NewLetter(key=key, system="support", kind=kind, person=str(waiting.person), urgent=kind == ESCALATED)
        )
    return letters


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say what a person is told of the rows that still stand as they did; nothing where none does."""
    rows = told_rows(conn, letter.kind, letter.key)
    if not rows:
        return Drop("somebody has acted, or it is another's now", "superseded")
    to = reader(conn, letter.person or "")
    if to is None or not to.email:
        return Drop("no address")
    details: dict[str, Any] = {
        "name": plain(to.name or "", _WIDE),
        "rows": [_told(row) for row in rows[:NAMED]],
        "more": max(0, len(rows) - NAMED),
        "count": len(rows),
    }
    return Send(to=to.email, template=letter.kind, details=details)


def _told(row: ToldRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "student": plain(row.student, _WIDE),
        "course": plain(row.course, _WIDE),
        "level": row.level,
        "reasons": ", ".join(_WORDS.get(reason, plain(reason, _WIDE)) for reason in row.reasons),
        "figures": plain(row.figures or "", _LONG),
        "act": _ACTS.get(row.type or "", "your judgement"),
        "why": plain(row.escalation_reason or "", _WIDE),
    }
