"""Takes away what has served: the words of letters that nobody sends again, and letters of long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days for which a letter that is unknown or refused keeps its reader's address and its words, to be sent again.
WORDS = 30
#: Days for which it is known what became of a letter, its link works, and its key is taken.
LETTERS = 400
_CLEAR = text("""
UPDATE bellwork.letters SET recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.letters WHERE settled_at < now() - make_interval(days => CASE
        WHEN state IN ('unknown', 'refused') THEN CAST(:words AS int) ELSE 1 END)
      AND num_nonnulls(recipient, subject, body, html) + CAST(details <> '{}' AS int) > 0
    LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING id
""")
_DELETE = text("""
DELETE FROM bellwork.letters WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.letters
    WHERE posted_at < now() - make_interval(days => :days) AND settled_at < now() - make_interval(days => :days)
    LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING id
""")
_DELETE_BOUNCES = text("""
DELETE FROM bellwork.bounces WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.bounces WHERE at < now() - make_interval(days => :days) ORDER BY id LIMIT :most))
RETURNING id
""")


def clear_words(conn: Connection, most: int) -> int:
    """Forget the words of letters that are settled, and whom they were for; returns how many, `most` at a time."""
    return len(conn.execute(_CLEAR, {"words": WORDS, "most": most}).all())


def delete_old(conn: Connection, most: int) -> int:
    """Delete letters that were settled long ago; returns how many, `most` at a time."""
    return len(conn.execute(_DELETE, {"days": LETTERS, "most": most}).all())


def delete_old_bounces(conn: Connection, most: int) -> int:
    """Delete reports of long ago; returns how many, `most` at a time."""
    return len(conn.execute(_DELETE_BOUNCES, {"days": LETTERS, "most": most}).all())
