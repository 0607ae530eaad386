"""What is stored for videos: written down first, and held against their rows when they are settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

#: Hours after which no job of a run that is over is on its way (the longest time limit is two hours).
PATIENCE = 24
_NOTE = """
INSERT INTO {courses}.video_objects (key, video_id) VALUES (:key, :video)
ON CONFLICT (key) DO UPDATE SET video_id = excluded.video_id, stored_at = now()
"""
_SETTLED = """
SELECT o.video_id FROM {courses}.video_objects o LEFT JOIN {courses}.videos v ON v.id = o.video_id
WHERE o.stored_at < now() - :hours * interval '1 hour' AND v.status IS DISTINCT FROM 'processing'
  AND v.status IS DISTINCT FROM 'uploading'
GROUP BY o.video_id ORDER BY min(o.stored_at) LIMIT 1
"""
# Whoever begins the video anew waits for this lock.
_LOCK = "SELECT status::text AS status, thumbnail_url FROM {courses}.videos WHERE id = :video FOR NO KEY UPDATE"
# Of a ladder that plays, what its rows name, and each playlist: some are named by another one alone. The names of a
# run that is over are of no use, but its thumbnail's may be shown still.
_OBJECTS = """
SELECT o.key, CASE CAST(:status AS text)
    WHEN 'ready' THEN o.key LIKE '%.m3u8' OR o.key = d.captions_key
        OR EXISTS (SELECT FROM {courses}.video_parts p WHERE p.video_id = o.video_id AND p.key = o.key)
        OR right(CAST(:thumbnail AS text), length(o.key) + 1) = '/' || o.key
    ELSE false END AS is_used
FROM {courses}.video_objects o LEFT JOIN {courses}.video_details d ON d.video_id = o.video_id
WHERE o.video_id = :video AND o.stored_at < now() - :hours * interval '1 hour'
ORDER BY o.key LIMIT :most
"""
_FORGET = "DELETE FROM {courses}.video_objects WHERE key = ANY(:keys)"
_NO_THUMBNAIL = """
UPDATE {courses}.videos SET thumbnail_url = NULL, updated_at = now()
WHERE id = :video AND status = 'failed'
  AND EXISTS (SELECT FROM unnest(CAST(:keys AS text[])) AS key WHERE right(thumbnail_url, length(key) + 1) = '/' || key)
"""


class Leftover(NamedTuple):
    """Objects of a video that is settled: all that were looked at, and those that nothing of it names."""

    video_id: UUID
    keys: list[str]
    unused: list[str]


def note_object(conn: Connection, video_id: UUID, key: str) -> None:
    """Write down that an object of a video is about to be stored under this key."""
    conn.execute(sql(_NOTE), {"video": video_id, "key": key})


def leftover(conn: Connection, most: int) -> Leftover | None:
    """Return what was stored a day ago for one video that is ready, has failed or is gone, and lock the video.

    None where there is none; also where somebody has begun it anew at this moment.
    """
    video_id = conn.execute(sql(_SETTLED), {"hours": PATIENCE}).scalar()
    if video_id is None:
        return None
    video = conn.execute(sql(_LOCK), {"video": video_id}).one_or_none()
    if video is not None and video.status not in {"ready", "failed"}:
        return None
    about = {"status": video and video.status, "thumbnail": video and video.thumbnail_url}
    rows = conn.execute(sql(_OBJECTS), {"video": video_id, "hours": PATIENCE, "most": most, **about}).all()
    return Leftover(video_id, [row.key for row in rows], [row.key for row in rows if not row.is_used])


def forget_objects(conn: Connection, found: Leftover, keys: Sequence[str]) -> None:
    """Write down that these were looked at; a video that failed has no thumbnail that is gone."""
    conn.execute(sql(_FORGET), {"keys": list(keys)})
    conn.execute(sql(_NO_THUMBNAIL), {"video": found.video_id, "keys": found.unused})
