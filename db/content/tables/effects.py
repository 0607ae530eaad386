"""What students do with content, kept beside vividly.md's tables: sums, time by topic, what became of feedback."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, String, func, text
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import SCHEMA, refers


class ContentCount(Base):
    """How often a piece of content was viewed and completed, and its ratings; what its own row says is made of it."""

    __tablename__ = "content_counts"

    content_id: Mapped[str] = refers("generated_content", "CASCADE", primary_key=True)
    views: Mapped[int] = mapped_column(BigInteger)
    completions: Mapped[int] = mapped_column(BigInteger)
    ratings: Mapped[int] = mapped_column(BigInteger)
    stars: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("stars BETWEEN ratings AND 5 * ratings", name="content_counts_stars_check"),
        {"schema": SCHEMA},
    )


class TopicEngagement(Base):
    """What one student did of one topic, beside his progress.

    `wishes` for a simpler lesson or another interest; `stretches` of time in which he watched, each once however many
    views it belongs to, and `earlier_seconds` of those that are too old for an event to overlap with them.
    """

    __tablename__ = "topic_engagement"

    student_id: Mapped[str] = refers("users", "CASCADE", primary_key=True)
    topic_id: Mapped[str] = refers("topics", "CASCADE", primary_key=True)
    wishes: Mapped[int] = mapped_column(server_default=text("0"))
    stretches: Mapped[Any] = mapped_column(TSTZMULTIRANGE, server_default=text("'{}'"))
    earlier_seconds: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))

    __table_args__ = (Index("idx_topic_engagement_topic", topic_id), {"schema": SCHEMA})


class FeedbackEffect(Base):
    """What became of one piece of feedback, and why nothing did; a row there means that it had its effect.

    ::

        requested   it led to a new request        held       a ladder, interests or a day's limit were at their end
        completed   progress was completed         refused    it means nothing, or is not this student's to say
        flagged     the content waits for review   rated      the rating was counted, and there was nothing else to do
        earlier     it was there before Bellwork   failed     its job died; a retry of it begins anew
    """

    __tablename__ = "feedback_effects"

    feedback_id: Mapped[str] = refers("feedback", "CASCADE", primary_key=True)
    student_id: Mapped[str] = refers("users", "CASCADE")
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('requested', 'held', 'completed', 'flagged', 'rated', 'refused', 'earlier', 'failed')",
            name="feedback_effects_outcome_check",
        ),
        CheckConstraint(
            "reason IS NOT NULL OR outcome NOT IN ('held', 'refused', 'earlier', 'failed')",
            name="feedback_effects_reason_check",
        ),
        Index("idx_feedback_effects_student", student_id),
        Index("idx_feedback_effects_requested", student_id, at, postgresql_where=text("outcome = 'requested'")),
        {"schema": SCHEMA},
    )
