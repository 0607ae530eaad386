"""Letters of the support system: to trainers and owners of courses, and to students who are silent (docs/letters.md).

people    what a trainer or an owner is told, one by one or together       students   who has done nothing for a week
A letter is posted with ids alone: names, addresses and whether it is still so are read right before it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.support.care.told import ASSIGNED, ESCALATED
from bellwork.db.vocabulary.letter import Drop
from bellwork.tasks.support.letters import people, students
from bellwork.tasks.support.letters.people import tell_people
from bellwork.tasks.support.letters.students import INACTIVE, write_to_silent

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

__all__ = ["check", "tell_people", "write_to_silent"]


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say whether a letter may go, to whom and in which words."""
    if letter.kind in {ASSIGNED, ESCALATED}:
        return people.check(conn, letter)
    if letter.kind == INACTIVE:
        return students.check(conn, letter)
    return Drop(f"there are no letters of the kind {letter.kind!r}", "expired")
