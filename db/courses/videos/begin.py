"""Begins a video and plans its parts; whoever comes second finds that done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.courses.tables import VIDEO_MACHINE, VideoStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_BEGIN = """
UPDATE {courses}.videos SET status = 'processing', updated_at = now()
WHERE id = :video AND status::text = ANY(:sources) RETURNING true
"""
# Parts of a run that failed go: jobs of theirs that are still on their way find nothing to do.
_FORGET_PARTS = "DELETE FROM {courses}.video_parts WHERE video_id = :video"
_DETAILS = """
INSERT INTO {courses}.video_details (video_id) VALUES (:video)
ON CONFLICT (video_id) DO UPDATE
SET run = video_details.run + 1, source = NULL, failed_because = NULL, transcript_by = NULL,
    no_transcript_because = NULL, no_summary_because = NULL, captions_key = NULL, changed_at = now()
"""
_READ = """
SELECT v.id, v.title, v.status::text AS status, v.original_url,
    coalesce(u.language, 'en') AS language, c.instructor_id, c.title AS course, d.run,
    EXISTS (SELECT FROM {courses}.video_parts p WHERE p.video_id = v.id) AS is_planned
FROM {courses}.videos v
JOIN {courses}.lessons l ON l.id = v.lesson_id
JOIN {courses}.modules m ON m.id = l.module_id
JOIN {courses}.courses c ON c.id = m.course_id
LEFT JOIN {courses}.user_preferences u ON u.user_id = c.instructor_id
LEFT JOIN {courses}.video_details d ON d.video_id = v.id
WHERE v.id = :video
"""
_LOCK = """
SELECT true FROM {courses}.videos WHERE id = :video AND status = 'processing' FOR NO KEY UPDATE
"""
_PLANNED = "SELECT EXISTS (SELECT FROM {courses}.video_parts WHERE video_id = :video)"
_MEASURED = """
UPDATE {courses}.video_details SET source = CAST(:source AS jsonb), size_bytes = :size, changed_at = now()
WHERE video_id = :video
"""
_SEEN = """
UPDATE {courses}.videos SET thumbnail_url = :thumbnail, duration_seconds = :seconds, file_size_bytes = :size,
    updated_at = now()
WHERE id = :video
"""
_PLAN = """
INSERT INTO {courses}.video_parts (video_id, rung, part_no, started_at_ms, ended_at_ms)
SELECT :video, p.rung, p.part_no, p.started_at_ms, p.ended_at_ms
FROM jsonb_to_recordset(CAST(:parts AS jsonb)) p (rung text, part_no int, started_at_ms bigint, ended_at_ms bigint)
ON CONFLICT (video_id, rung, part_no) DO NOTHING RETURNING id, rung
"""


class Video(NamedTuple):
    """A video and the course that it belongs to.

    `language` is its instructor's, for learncraft.md keeps none of courses; `run` counts how often it was begun, None
    before; `is_planned` says that it was measured.
    """

    id: UUID
    title: str
    status: str
    original_url: str | None
    language: str
    instructor_id: UUID
    course: str
    run: int | None
    is_planned: bool


class Planned(NamedTuple):
    """A part that is to be made: a rung's stretch from one millisecond to another, `audio` or `captions`."""

    rung: str
    part_no: int
    started_at_ms: int
    ended_at_ms: int


def begin_video(conn: Connection, video_id: UUID) -> Video | None:
    """Move a video that was uploaded, or failed before, to processing; returns it as it is then, None without one."""
    sources = sorted(VIDEO_MACHINE.sources(VideoStatus.PROCESSING))
    if conn.execute(sql(_BEGIN), {"video": video_id, "sources": sources}).scalar():
        conn.execute(sql(_FORGET_PARTS), {"video": video_id})
        conn.execute(sql(_DETAILS), {"video": video_id})
    return read_video(conn, video_id)


def read_video(conn: Connection, video_id: UUID) -> Video | None:
    """Return a video; None where there is none of this id."""
    row = conn.execute(sql(_READ), {"video": video_id}).one_or_none()
    return Video(*row) if row else None


def lock_processing(conn: Connection, video_id: UUID) -> bool:
    """Lock a video that is processed, until the caller's transaction ends; False where it is not processed any more."""
    return bool(conn.execute(sql(_LOCK), {"video": video_id}).scalar())


def plan_parts(  # noqa: PLR0913 - what is known of a film once it was measured
    conn: Connection,
    video_id: UUID,
    parts: Sequence[Planned],
    *,
    source: dict[str, Any],
    seconds: int,
    size: int,
    thumbnail_url: str,
) -> list[tuple[UUID, str]]:
    """Note what was measured, and the parts that are to be made; returns (id, rung) of those that are new.

    Nothing is new where the video is processed no more, or where another job has planned it.
    """
    if not lock_processing(conn, video_id) or conn.execute(sql(_PLANNED), {"video": video_id}).scalar():
        return []
    conn.execute(sql(_MEASURED), {"video": video_id, "source": json.dumps(source), "size": size})
    conn.execute(sql(_SEEN), {"video": video_id, "thumbnail": thumbnail_url, "seconds": seconds, "size": size})
    rows = json.dumps([part._asdict() for part in parts])
    return [(row.id, row.rung) for row in conn.execute(sql(_PLAN), {"video": video_id, "parts": rows})]
