"""What the courses system says to its letters right before they go: the address, or why it is not written to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.courses.people import read_reader
from bellwork.db.vocabulary import Drop, Send

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter
    from bellwork.db.vocabulary.letter import Verdict


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say whether a letter goes now: to whom has an account still, and wants letters."""
    reader = read_reader(conn, UUID(letter.person)) if letter.person else None
    if reader is None or reader.leaves:
        return Drop("its reader has no account any more")
    return Send(to=reader.email) if reader.wants else Drop("its reader wants no letters")
