"""Parts of a video: each is made once, and who makes the last one knows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT p.id, p.video_id, p.rung, p.part_no, p.started_at_ms, p.ended_at_ms, v.original_url, d.source, d.size_bytes
FROM {courses}.video_parts p
JOIN {courses}.videos v ON v.id = p.video_id
JOIN {courses}.video_details d ON d.video_id = p.video_id
WHERE p.id = :part AND p.state = 'waiting' AND v.status = 'processing'
"""
# The parts of one stretch in all rungs are made together, for its film is decoded once then.
_STRETCH = """
SELECT p.id, p.video_id, p.rung, p.part_no, p.started_at_ms, p.ended_at_ms, v.original_url, d.source, d.size_bytes
FROM {courses}.video_parts asked
JOIN {courses}.video_parts p ON p.video_id = asked.video_id AND (p.id = asked.id
    OR p.part_no = asked.part_no AND NOT 'audio' IN (p.rung, asked.rung) AND NOT 'captions' IN (p.rung, asked.rung))
JOIN {courses}.videos v ON v.id = p.video_id
JOIN {courses}.video_details d ON d.video_id = p.video_id
WHERE asked.id = :part AND p.state = 'waiting' AND v.status = 'processing'
ORDER BY p.rung
"""
# The video's row is locked first: of two that end at once the second counts when the first has committed.
_LOCK = """
SELECT v.id FROM {courses}.videos v JOIN {courses}.video_parts p ON p.video_id = v.id
WHERE p.id = :part AND v.status = 'processing' FOR NO KEY UPDATE OF v
"""
_WAITS = "SELECT video_id FROM {courses}.video_parts WHERE id = :part AND state = 'waiting'"
_FINISH = """
UPDATE {courses}.video_parts p
SET state = 'done', key = m.key, bytes = m.bytes, piece = m.piece, changed_at = now()
FROM jsonb_to_recordset(CAST(:made AS jsonb)) AS m (part uuid, key text, bytes bigint, piece jsonb)
WHERE p.id = m.part AND p.state = 'waiting' RETURNING p.video_id
"""
_WAITING = "SELECT EXISTS (SELECT FROM {courses}.video_parts WHERE video_id = :video AND state = 'waiting')"


class Part(NamedTuple):
    """A part that waits to be made, and the film that it is made of."""

    id: UUID
    video_id: UUID
    rung: str
    part_no: int
    started_at_ms: int
    ended_at_ms: int
    original_url: str
    source: dict[str, Any]
    size_bytes: int


class Made(NamedTuple):
    """A part that is made: the key and the bytes of its object, and how its segments lie in it; of captions none."""

    part: UUID
    key: str | None
    bytes: int | None
    piece: dict[str, Any] | None


def read_part(conn: Connection, part_id: UUID) -> Part | None:
    """Return a part that waits; None where it is done, or its video is not processed any more."""
    row = conn.execute(sql(_READ), {"part": part_id}).one_or_none()
    return Part(*row) if row else None


def read_stretch(conn: Connection, part_id: UUID) -> list[Part]:
    """Return a part that waits, and those that wait of the same stretch in the other rungs.

    Empty where none of them waits, or the video is not processed any more. Sound and captions are stretches of theirs.
    """
    return [Part(*row) for row in conn.execute(sql(_STRETCH), {"part": part_id})]


def lock_part(conn: Connection, part_id: UUID) -> UUID | None:
    """Lock the video of a part that waits, until the caller's transaction ends, and return it.

    None where the part is done, or its run is over: also where the video was begun anew.
    """
    if conn.execute(sql(_LOCK), {"part": part_id}).first() is None:
        return None
    # A statement of its own: it sees what whoever held the lock has committed.
    video: UUID | None = conn.execute(sql(_WAITS), {"part": part_id}).scalar()
    return video


def finish_part(
    conn: Connection, part_id: UUID, key: str | None, size: int | None, piece: dict[str, Any] | None
) -> UUID | None:
    """Note that a part is made, once; returns its video where it was the last of it that waited, to one caller ever."""
    return finish_parts(conn, [Made(part_id, key, size, piece)])


def finish_parts(conn: Connection, made: Sequence[Made]) -> UUID | None:
    """Note that parts of one video are made, each once; what is done, or whose run is over, is left alone.

    Returns the video where none of it waits any more, to one caller ever.
    """
    if conn.execute(sql(_LOCK), {"part": made[0].part}).first() is None:
        return None
    # A statement of its own: it sees what whoever held the lock has committed.
    video: UUID | None = conn.execute(
        sql(_FINISH), {"made": json.dumps([each._asdict() for each in made], default=str)}
    ).scalar()
    if video is None or conn.execute(sql(_WAITING), {"video": video}).scalar():
        return None
    return video
