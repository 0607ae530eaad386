"""What is said in a video: its transcript, its captions, its summary, or why there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.videos.parts import lock_part
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT v.transcript, v.ai_summary, d.transcript_by, d.no_transcript_because
FROM {courses}.videos v JOIN {courses}.video_details d ON d.video_id = v.id WHERE v.id = :video
"""
_DETAIL = """
UPDATE {courses}.video_details
SET transcript_by = :by, no_transcript_because = :reason, captions_key = :key, changed_at = now()
WHERE video_id = :video
"""
_TRANSCRIPT = "UPDATE {courses}.videos SET transcript = :transcript, updated_at = now() WHERE id = :video"
_SUMMARY = "UPDATE {courses}.videos SET ai_summary = :summary, updated_at = now() WHERE id = :video"
_NO_SUMMARY = """
UPDATE {courses}.video_details SET no_summary_because = :reason, changed_at = now() WHERE video_id = :video
"""


class Transcript(NamedTuple):
    """What is said, by whom it was written (`captions`, `service`, `embedded`) and where its captions lie.

    Or no text, and why.
    """

    text: str | None
    by: str | None
    key: str | None
    missing_because: str | None


class Said(NamedTuple):
    """What is known of what is said; `transcript_by` or `no_transcript_because` once that was settled."""

    transcript: str | None
    summary: str | None
    transcript_by: str | None
    no_transcript_because: str | None

    @property
    def settled(self) -> bool:
        """Say whether the transcript is there, or known not to come."""
        return bool(self.transcript_by or self.no_transcript_because)


def read_said(conn: Connection, video_id: UUID) -> Said | None:
    """Return what is known of what is said in a video; None where there is no such video."""
    row = conn.execute(sql(_READ), {"video": video_id}).one_or_none()
    return Said(*row) if row else None


def write_transcript(conn: Connection, part_id: UUID, transcript: Transcript) -> bool:
    """Keep the transcript of a video, or why there is none; False where the part that found it waits no more.

    So a film that was replaced while it was heard leaves no word in the video's next run.
    """
    video = lock_part(conn, part_id)
    if video is None:
        return False
    told = {"video": video, "by": transcript.by, "reason": transcript.missing_because, "key": transcript.key}
    conn.execute(sql(_DETAIL), told)
    conn.execute(sql(_TRANSCRIPT), {"video": video, "transcript": transcript.text})
    return True


def write_summary(conn: Connection, part_id: UUID, summary: str | None, reason: str | None) -> bool:
    """Keep the summary of a video, or why it has none; False where the part that found it waits no more."""
    video = lock_part(conn, part_id)
    if video is None:
        return False
    conn.execute(sql(_SUMMARY), {"video": video, "summary": summary})
    conn.execute(sql(_NO_SUMMARY), {"video": video, "reason": reason})
    return True
