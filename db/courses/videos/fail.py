"""Fails a video, once for each run, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses.tables import VIDEO_MACHINE, VideoStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_FAIL = """
UPDATE {courses}.videos SET status = 'failed', updated_at = now()
WHERE id = :video AND status::text = ANY(:sources) RETURNING true
"""
_BECAUSE = """
INSERT INTO {courses}.video_details (video_id, failed_because) VALUES (:video, :reason)
ON CONFLICT (video_id) DO UPDATE SET failed_because = excluded.failed_because, changed_at = now()
"""
_CALL_OFF = """
UPDATE {courses}.video_parts SET state = 'failed', changed_at = now() WHERE video_id = :video AND state = 'waiting'
"""
_VIDEO_OF = "SELECT video_id FROM {courses}.video_parts WHERE id = :part"


def fail_video(conn: Connection, video_id: UUID, reason: str) -> bool:
    """Move a video to failed and call its waiting parts off; False where it is ready, or failed before."""
    sources = sorted(VIDEO_MACHINE.sources(VideoStatus.FAILED))
    if not conn.execute(sql(_FAIL), {"video": video_id, "sources": sources}).scalar():
        return False
    conn.execute(sql(_BECAUSE), {"video": video_id, "reason": reason})
    conn.execute(sql(_CALL_OFF), {"video": video_id})
    return True


def video_of(conn: Connection, part_id: UUID) -> UUID | None:
    """Return the video that a part belongs to; None where its run is over and forgotten."""
    video: UUID | None = conn.execute(sql(_VIDEO_OF), {"part": part_id}).scalar()
    return video
