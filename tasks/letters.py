"""Posts letters: how a system writes to somebody, in its own transaction and once by key (docs/letters.md).

What is posted is sent by `mail.send`, at most once; what commits is sent, what is rolled back never is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.letters import NewLetter, call_off, call_off_person, call_off_unknown, forget_person, post_letters
from bellwork.tasks.mail.send import wake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["NewLetter", "call_off", "call_off_person", "call_off_unknown", "forget_person", "post", "post_many", "wake"]


def post(conn: Connection, **letter: Any) -> int | None:
    """Post one letter, with what NewLetter takes; returns its id, None where its key has a letter already."""
    return post_many(conn, [NewLetter(**letter)])[0]


def post_many(conn: Connection, letters: Sequence[NewLetter]) -> list[int | None]:
    """Post letters by one statement in the caller's transaction; returns the id of each, None for one that is there.

    They go out as soon as it has committed, or at their `not_before`, on the minute.
    """
    if not letters:
        return []
    posted = post_letters(conn, letters)
    if any(posted):
        wake(conn)
    return posted
