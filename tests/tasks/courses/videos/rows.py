"""Reads what the jobs of videos left in the tables and in the storage."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import transaction
from bellwork.db.settings import settings
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

_VIDEO = """
SELECT v.status::text AS status, v.hls_url, v.thumbnail_url, v.transcript, v.ai_summary, v.duration_seconds,
    v.file_size_bytes, d.run, d.failed_because, d.transcript_by, d.no_transcript_because, d.no_summary_because
FROM {courses}.videos v LEFT JOIN {courses}.video_details d ON d.video_id = v.id WHERE v.id = :video
"""
_PARTS = """
SELECT id, rung, part_no, state, started_at_ms, ended_at_ms, key, bytes FROM {courses}.video_parts
WHERE video_id = :video ORDER BY rung, part_no
"""
_QUALITIES = "SELECT quality, bitrate, url FROM {courses}.video_qualities WHERE video_id = :video ORDER BY quality"
_NOTICES = "SELECT kind, key, recipient, body FROM bellwork.notices ORDER BY created_at"
_JOBS = """
SELECT actor, count(*) FROM (SELECT actor FROM bellwork.jobs UNION ALL SELECT actor FROM bellwork.finished_jobs) every
GROUP BY actor ORDER BY actor
"""


def video(video_id: UUID) -> dict[str, Any]:
    """Return a video and what is known of it."""
    return _rows(_VIDEO, video=video_id)[0]


def parts(video_id: UUID) -> list[dict[str, Any]]:
    """Return the parts of a video."""
    return _rows(_PARTS, video=video_id)


def qualities(video_id: UUID) -> list[dict[str, Any]]:
    """Return the rungs that can be played."""
    return _rows(_QUALITIES, video=video_id)


def notices() -> list[dict[str, Any]]:
    """Return what everybody was told."""
    return _rows(_NOTICES)


def troubles() -> list[Any]:
    """Return what jobs failed of that are not done."""
    return _rows("SELECT actor, state, errors FROM bellwork.jobs")


def jobs() -> dict[str, int]:
    """Return how many jobs of each actor there were."""
    return {row["actor"]: row["count"] for row in _rows(_JOBS)}


def objects() -> dict[str, bytes]:
    """Return all that lies in the storage, by key."""
    root = Path(settings().storage_url.removeprefix("file://"))
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def path_of(url: str) -> Path:
    """Return the file of an object of the storage."""
    return Path(url.removeprefix("file://"))


def _rows(statement: str, **asked: Any) -> list[dict[str, Any]]:
    with transaction() as conn:
        return [dict(row._mapping) for row in conn.execute(sql(statement), asked)]
