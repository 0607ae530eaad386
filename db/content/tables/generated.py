"""What the pipeline has made, once for everybody who asks the same, and what students did with it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, Created, Stamped, enum_of, free_form, refers


class ContentType(StrEnum):
    """vivid_now is script and audio; the film makes the same row vivid_learning."""

    VIVID_NOW = "vivid_now"
    VIVID_LEARNING = "vivid_learning"


class ProgressStatus(StrEnum):
    """How far a student has come with a topic."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    STRUGGLING = "struggling"


class FeedbackType(StrEnum):
    """What a student says about a piece of content."""

    MARK_COMPLETE = "mark_complete"
    MAKE_SIMPLER = "make_simpler"
    TRY_DIFFERENT_INTEREST = "try_different_interest"
    REPORT_ISSUE = "report_issue"
    RATING_ONLY = "rating_only"


class GeneratedContent(Stamped, Base):
    """One row for each topic, interest and style, shared by all who ask for it and never deleted."""

    __tablename__ = "generated_content"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    topic_id: Mapped[str] = refers("topics", "RESTRICT")
    interest_id: Mapped[str] = refers("interests", "RESTRICT")
    style: Mapped[str] = mapped_column(String(50), server_default=text("'conversational'"))
    cache_key: Mapped[str] = mapped_column(String(255), unique=True)
    content_type: Mapped[ContentType] = mapped_column(enum_of(ContentType, "content_type"))
    script_url: Mapped[str | None] = mapped_column(String(500))
    audio_url: Mapped[str | None] = mapped_column(String(500))
    video_url: Mapped[str | None] = mapped_column(String(500))
    thumbnail_url: Mapped[str | None] = mapped_column(String(500))
    duration_seconds: Mapped[int | None]
    file_size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    generation_metadata: Mapped[dict[str, Any] | None] = free_form("generation_metadata")
    quality_score: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))
    manual_review_status: Mapped[str | None] = mapped_column(String(50))
    view_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    completion_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    average_rating: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))

    __table_args__ = (
        Index("idx_generated_content_cache_key", cache_key),
        Index("idx_generated_content_topic", topic_id),
        Index("idx_generated_content_popularity", view_count.desc()),
        Index("idx_content_usage", topic_id, view_count.desc(), average_rating.desc()),
        {"schema": SCHEMA},
    )


class StudentProgress(Stamped, Base):
    """How far one student has come with one topic."""

    __tablename__ = "student_progress"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[str] = refers("users", "CASCADE")
    topic_id: Mapped[str] = refers("topics", "CASCADE")
    status: Mapped[ProgressStatus] = mapped_column(
        enum_of(ProgressStatus, "progress_status"), server_default=text("'not_started'")
    )
    view_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    last_viewed_at: Mapped[datetime | None] = mapped_column()
    completed_at: Mapped[datetime | None]
    content_id: Mapped[str | None] = refers("generated_content", "SET NULL")
    total_time_seconds: Mapped[int | None] = mapped_column(server_default=text("0"))

    __table_args__ = (
        UniqueConstraint("student_id", "topic_id"),
        Index("idx_student_progress_student", student_id, status),
        Index("idx_student_progress_topic", topic_id),
        Index("idx_student_progress_recent", student_id, last_viewed_at.desc()),
        Index("idx_student_progress_dashboard", student_id, status, last_viewed_at.desc()),
        {"schema": SCHEMA},
    )


class Feedback(Created, Base):
    """What a student said about a piece of content, and the request that it led to; kept two years."""

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    student_id: Mapped[str] = refers("users", "CASCADE")
    content_id: Mapped[str] = refers("generated_content", "CASCADE")
    feedback_type: Mapped[FeedbackType] = mapped_column(enum_of(FeedbackType, "feedback_type"))
    rating: Mapped[int | None]
    comment: Mapped[str | None]
    triggered_regeneration: Mapped[bool | None] = mapped_column(server_default=text("false"))
    regeneration_request_id: Mapped[str | None] = refers("content_requests", "SET NULL")

    __table_args__ = (
        CheckConstraint("rating IS NULL OR (rating >= 1 AND rating <= 5)", name="feedback_rating_check"),
        Index("idx_feedback_content", content_id, text("created_at DESC")),
        Index("idx_feedback_student", student_id, text("created_at DESC")),
        Index("idx_feedback_type", feedback_type, postgresql_where=text("triggered_regeneration = true")),
        Index("idx_feedback_retention", text("created_at")),
        # Without it, each request that is deleted with its student reads the whole of this table.
        Index(
            "idx_feedback_regeneration_request",
            regeneration_request_id,
            postgresql_where=text("regeneration_request_id IS NOT NULL"),
        ),
        {"schema": SCHEMA},
    )
