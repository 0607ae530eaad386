"""A text of a course as it is now, and the pieces of it that are embedded: replaced whole, in one transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT s.title, s.body, s.hash, m.hash AS embedded_hash, m.model
FROM {courses}.searchable_texts s
LEFT JOIN {courses}.embedded_contents m ON m.content_type = s.content_type AND m.content_id = s.content_id
WHERE s.content_type = :type AND s.content_id = :id
"""
# Whoever replaces the same content waits here; what comes after sees what the other has committed.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('courses.embed_content:' || :type || ':' || :id, 0))"
_NOTE = """
INSERT INTO {courses}.embedded_contents (content_type, content_id, hash, model, chunks)
VALUES (:type, :id, :hash, :model, :chunks)
ON CONFLICT (content_type, content_id) DO UPDATE
SET hash = excluded.hash, model = excluded.model, chunks = excluded.chunks, embedded_at = now()
"""
_HASH = "SELECT hash FROM {courses}.searchable_texts WHERE content_type = :type AND content_id = :id"
_DELETE = "DELETE FROM {courses}.content_embeddings WHERE content_type = :type AND content_id = :id"
_INSERT = """
INSERT INTO {courses}.content_embeddings (content_type, content_id, chunk_index, chunk_text, embedding)
SELECT :type, :id, c.place, c.text, CAST(c.numbers AS real[])
FROM jsonb_to_recordset(CAST(:chunks AS jsonb)) AS c(place int, text text, numbers text)
"""
_FORGET = "DELETE FROM {courses}.embedded_contents WHERE content_type = :type AND content_id = :id"
_OUTDATED = """
SELECT coalesce(s.content_type, m.content_type) AS content_type, coalesce(s.content_id, m.content_id) AS content_id
FROM {courses}.searchable_texts s FULL JOIN {courses}.embedded_contents m
    ON m.content_type = s.content_type AND m.content_id = s.content_id
WHERE s.hash IS DISTINCT FROM m.hash OR m.model IS DISTINCT FROM :model
ORDER BY 1, 2 LIMIT :most
"""
_TEXTS = """
SELECT content_type, content_id FROM {courses}.searchable_texts WHERE course_id = :course ORDER BY 1, 2
"""


class Content(NamedTuple):
    """A text that may be searched, and what of it is embedded: nothing, or another text, or by another model."""

    title: str
    body: str
    hash: str
    embedded_hash: str | None
    model: str | None


def read(conn: Connection, content_type: str, content_id: UUID) -> Content | None:
    """Return a text; None where it is gone, empty, or its course is not published."""
    row = conn.execute(sql(_READ), {"type": content_type, "id": content_id}).one_or_none()
    return Content(*row) if row else None


def replace(  # noqa: PLR0913, PLR0917 - what is embedded, of what, by what
    conn: Connection,
    content_type: str,
    content_id: UUID,
    text_hash: str,
    model: str,
    chunks: Sequence[tuple[str, Sequence[float]]],
) -> bool:
    """Put the pieces of a text in the place of those of before, in the caller's transaction.

    False, and nothing is changed, where the text has another hash by now: whoever changed it has it embedded.
    """
    about = {"type": content_type, "id": content_id}
    _lock(conn, content_type, content_id)
    if conn.execute(sql(_HASH), about).scalar() != text_hash:
        return False
    rows = [{"place": at, "text": text, "numbers": _array(numbers)} for at, (text, numbers) in enumerate(chunks)]
    conn.execute(sql(_NOTE), {**about, "hash": text_hash, "model": model, "chunks": len(chunks)})
    conn.execute(sql(_DELETE), about)
    conn.execute(sql(_INSERT), {**about, "chunks": json.dumps(rows)})
    return True


def forget(conn: Connection, content_type: str, content_id: UUID) -> int:
    """Delete what is embedded of a text, unless it is there again; returns how many pieces that were."""
    about = {"type": content_type, "id": content_id}
    _lock(conn, content_type, content_id)
    if conn.execute(sql(_HASH), about).first():
        return 0
    conn.execute(sql(_FORGET), about)
    return conn.execute(sql(_DELETE), about).rowcount


def outdated(conn: Connection, model: str, most: int) -> list[tuple[str, UUID]]:
    """List texts that are not embedded as they are now by this model, and what is embedded of texts that are gone."""
    rows = conn.execute(sql(_OUTDATED), {"model": model, "most": most})
    return [(row.content_type, row.content_id) for row in rows]


def texts_of(conn: Connection, course_id: UUID) -> list[tuple[str, UUID]]:
    """List the texts of a course that may be searched."""
    return [(row.content_type, row.content_id) for row in conn.execute(sql(_TEXTS), {"course": course_id})]


def _lock(conn: Connection, content_type: str, content_id: UUID) -> None:
    conn.execute(sql(_LOCK), {"type": content_type, "id": str(content_id)})


def _array(numbers: Sequence[float]) -> str:
    return "{" + ",".join(f"{number:.7g}" for number in numbers) + "}"
