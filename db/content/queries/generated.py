"""The one row of generated_content for a key: made when script and audio are there, upgraded in place by the film."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.content.tables import ContentType
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

    from bellwork.db.content.queries.generation import Generation

_COLUMNS = "id, content_type, video_url, generation_metadata ->> 'video_given_up' AS video_given_up"
_READ = f"SELECT {_COLUMNS} FROM {{content}}.generated_content WHERE cache_key = :key"  # noqa: S608 - ours
# Another id for the key may stand in an adopted table; what has a film already keeps it.
_FAST = f"""
INSERT INTO {{content}}.generated_content AS g
    (id, topic_id, interest_id, style, cache_key, content_type, script_url, audio_url, duration_seconds,
     generation_metadata)
VALUES (:id, :topic, :interest, :style, :key, 'vivid_now', :script_url, :audio_url, :seconds, CAST(:notes AS jsonb))
ON CONFLICT (cache_key) DO UPDATE SET
    script_url = coalesce(g.script_url, excluded.script_url),
    audio_url = coalesce(g.audio_url, excluded.audio_url),
    duration_seconds = coalesce(g.duration_seconds, excluded.duration_seconds)
RETURNING {_COLUMNS}
"""  # noqa: S608 - fragments of ours, values are bound
_FULL = """
UPDATE {content}.generated_content SET content_type = 'vivid_learning', video_url = :video_url,
    file_size_bytes = :size, duration_seconds = :seconds,
    generation_metadata = coalesce(generation_metadata, '{}') - 'video_given_up'
WHERE cache_key = :key
"""
_GIVE_UP = """
UPDATE {content}.generated_content
SET generation_metadata =
    coalesce(generation_metadata, '{}') || jsonb_build_object('video_given_up', CAST(:why AS text))
WHERE cache_key = :key AND content_type = 'vivid_now'
"""


@dataclass(frozen=True)
class Content:
    """What there is for a key; `video_given_up` says why there will be no film."""

    id: str
    content_type: ContentType
    video_url: str | None
    video_given_up: str | None

    @property
    def has_film(self) -> bool:
        """Tell whether the film is there."""
        return self.content_type is ContentType.VIVID_LEARNING

    @property
    def shortfall(self) -> str | None:
        """Say why requests that are served from this content get no film; None where it is there or on its way."""
        return None if self.has_film else self.video_given_up


@dataclass(frozen=True)
class Recording:
    """A script and its audio, as they are stored."""

    script_url: str
    audio_url: str
    seconds: int
    notes: dict[str, Any]


def read_content(conn: Connection, generation: Generation) -> Content | None:
    """Look a generation up by its cache key."""
    row = conn.execute(sql(_READ), {"key": generation.cache_key}).mappings().one_or_none()
    return _content(row) if row else None


def publish_fast(conn: Connection, generation: Generation, recording: Recording) -> Content:
    """Record script and audio as vivid_now and return what there is for the key; repeating it changes nothing."""
    written = {
        "id": generation.content_id,
        "topic": generation.topic_id,
        "interest": generation.interest_id,
        "style": generation.style,
        "key": generation.cache_key,
        "script_url": recording.script_url,
        "audio_url": recording.audio_url,
        "seconds": recording.seconds,
        "notes": json.dumps(recording.notes),
    }
    return _content(conn.execute(sql(_FAST), written).mappings().one())


def publish_full(conn: Connection, generation: Generation, *, video_url: str, size: int, seconds: int) -> None:
    """Make the row vivid_learning, in place; `size` in bytes."""
    written = {"key": generation.cache_key, "video_url": video_url, "size": size, "seconds": seconds}
    conn.execute(sql(_FULL), written)


def give_up_video(conn: Connection, generation: Generation, reason: str) -> None:
    """Note that there will be no film, so that none is rendered again; a film that is there stays."""
    conn.execute(sql(_GIVE_UP), {"key": generation.cache_key, "why": reason})


def _content(row: RowMapping) -> Content:
    return Content(**{**row, "content_type": ContentType(row["content_type"])})
