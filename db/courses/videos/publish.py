"""Publishes a ladder: what its parts are, and the one move from processing to ready."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_SOURCE = """
SELECT d.source, d.captions_key FROM {courses}.videos v JOIN {courses}.video_details d ON d.video_id = v.id
WHERE v.id = :video AND v.status = 'processing'
  AND NOT EXISTS (SELECT FROM {courses}.video_parts p WHERE p.video_id = v.id AND p.state <> 'done')
"""
_PARTS = """
SELECT rung, key, piece FROM {courses}.video_parts
WHERE video_id = :video AND rung <> 'captions' ORDER BY rung, part_no
"""
_READY = """
UPDATE {courses}.videos SET status = 'ready', hls_url = :url, updated_at = now()
WHERE id = :video AND status = 'processing' RETURNING true
"""
_QUALITIES = """
WITH gone AS (DELETE FROM {courses}.video_qualities WHERE video_id = :video AND NOT (quality = ANY(:labels)))
INSERT INTO {courses}.video_qualities (video_id, quality, bitrate, url)
SELECT :video, q.quality, q.bitrate, q.url
FROM jsonb_to_recordset(CAST(:qualities AS jsonb)) q (quality text, bitrate int, url text)
ON CONFLICT (video_id, quality) DO UPDATE SET bitrate = excluded.bitrate, url = excluded.url
"""


class Ladder(NamedTuple):
    """All parts of a video, done: what was measured, where its captions lie, and (rung, key, piece) in order."""

    source: dict[str, Any]
    captions_key: str | None
    parts: list[tuple[str, str, dict[str, Any]]]


class Quality(NamedTuple):
    """A rung that can be played: its label, its bits a second on average, and where its playlist is."""

    quality: str
    bitrate: int
    url: str


def read_ladder(conn: Connection, video_id: UUID) -> Ladder | None:
    """Return the parts of a video that is processed once all of them are done; None otherwise."""
    row = conn.execute(sql(_SOURCE), {"video": video_id}).one_or_none()
    if row is None:
        return None
    parts = [(part.rung, part.key, part.piece) for part in conn.execute(sql(_PARTS), {"video": video_id})]
    return Ladder(row.source, row.captions_key, parts)


def publish_ladder(conn: Connection, video_id: UUID, url: str, qualities: Sequence[Quality]) -> bool:
    """Move a video to ready with its playlist and rungs; False where it is not processed any more."""
    if not conn.execute(sql(_READY), {"video": video_id, "url": url}).scalar():
        return False
    rows = json.dumps([quality._asdict() for quality in qualities])
    labels = [quality.quality for quality in qualities]
    conn.execute(sql(_QUALITIES), {"video": video_id, "labels": labels, "qualities": rows})
    return True
