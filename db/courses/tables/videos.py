"""Videos, the rungs of their ladders, and the parts that workers share while they are encoded."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    SCHEMA,
    TITLE,
    URL,
    Created,
    Identified,
    Stamped,
    enum_of,
    labels,
    refers,
    within,
)
from bellwork.db.machine import Machine

#: The heights that a ladder may have.
RUNGS = ("360p", "720p", "1080p", "4k")


class VideoStatus(StrEnum):
    """Where a video is on its way to a player."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


_S = VideoStatus
VIDEO_MACHINE = Machine(
    "videos",
    {
        _S.UPLOADING: frozenset({_S.PROCESSING, _S.FAILED}),
        _S.PROCESSING: frozenset({_S.READY, _S.FAILED}),
        _S.READY: frozenset(),
        _S.FAILED: frozenset({_S.PROCESSING}),
    },
)


class Video(Identified, Stamped, Base):
    """The film of a lesson, which has one."""

    __tablename__ = "videos"

    lesson_id: Mapped[UUID] = refers("lessons", "CASCADE")
    title: Mapped[str] = mapped_column(TITLE)
    original_filename: Mapped[str | None] = mapped_column(TITLE)
    duration_seconds: Mapped[int | None]
    original_url: Mapped[str | None] = mapped_column(URL)
    hls_url: Mapped[str | None] = mapped_column(URL)
    thumbnail_url: Mapped[str | None] = mapped_column(URL)
    status: Mapped[VideoStatus] = mapped_column(
        enum_of(VideoStatus, "video_status"), server_default=text("'uploading'")
    )
    transcript: Mapped[str | None]
    ai_summary: Mapped[str | None]
    file_size_bytes: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        within("videos", "duration_seconds", 0),
        Index("ux_videos_lesson", lesson_id, unique=True),
        Index("idx_videos_status", status),
        Index(
            "idx_videos_open",
            "status",
            text("updated_at"),
            postgresql_where=text("status NOT IN ('ready', 'failed')"),
        ),
        {"schema": SCHEMA},
    )


class VideoQuality(Identified, Created, Base):
    """A rung of a video's ladder that can be played; `bitrate` in bits a second."""

    __tablename__ = "video_qualities"

    video_id: Mapped[UUID] = refers("videos", "CASCADE")
    quality: Mapped[str] = mapped_column(String(20))
    bitrate: Mapped[int]
    url: Mapped[str] = mapped_column(URL)

    __table_args__ = (
        labels("video_qualities", "quality", RUNGS),
        Index("ux_video_qualities_rung", video_id, quality, unique=True),
        {"schema": SCHEMA},
    )


class VideoDetail(Base):
    """What is known of a video beside the document's columns.

    `run` counts how often it was begun; `source` is what the encoder measured; why it failed, or has no transcript or
    summary, is told in words. `transcript_by` says who wrote the transcript.
    """

    __tablename__ = "video_details"

    video_id: Mapped[UUID] = refers("videos", "CASCADE", primary_key=True)
    run: Mapped[int] = mapped_column(server_default=text("1"))
    source: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    failed_because: Mapped[str | None]
    transcript_by: Mapped[str | None]
    no_transcript_because: Mapped[str | None]
    no_summary_because: Mapped[str | None]
    captions_key: Mapped[str | None]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        labels("video_details", "transcript_by", ("captions", "service", "embedded")),
        {"schema": SCHEMA},
    )


class VideoPart(Identified, Base):
    """A stretch of a video in one rung, its sound (`audio`), or what is said in it (`captions`): one job makes it.

    `piece` is how its segments lie in its object.
    """

    __tablename__ = "video_parts"

    video_id: Mapped[UUID] = refers("videos", "CASCADE")
    rung: Mapped[str]
    part_no: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    started_at_ms: Mapped[int] = mapped_column(BigInteger)
    ended_at_ms: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str | None]
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    piece: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("video_id", "rung", "part_no"),
        Index(
            "idx_video_parts_open",
            "state",
            text("changed_at"),
            postgresql_where=text("state NOT IN ('done', 'failed')"),
        ),
        labels("video_parts", "rung", (*RUNGS, "audio", "captions")),
        within("video_parts", "part_no", 0),
        labels("video_parts", "state", ("waiting", "done", "failed")),
        CheckConstraint("ended_at_ms > started_at_ms AND started_at_ms >= 0", name="video_parts_span_check"),
        CheckConstraint("state <> 'done' OR key IS NOT NULL OR rung = 'captions'", name="video_parts_key_check"),
        {"schema": SCHEMA},
    )


class VideoObject(Base):
    """An object that was about to be stored for a video; forgotten once the video is settled and it was looked at."""

    __tablename__ = "video_objects"

    key: Mapped[str] = mapped_column(primary_key=True)
    video_id: Mapped[UUID]
    stored_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("idx_video_objects_stored", "stored_at"),
        Index("idx_video_objects_video", "video_id"),
        {"schema": SCHEMA},
    )
