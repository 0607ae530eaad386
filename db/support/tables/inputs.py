"""What detection reads beside the enrollment: attempts of quizzes, completed topics, and calls for help.

Each row is there once for a source id, whoever delivers it how often.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import Index, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.support.tables.columns import SCHEMA, SOURCE, refers, rule


class QuizAttempt(Base):
    """An attempt of a quiz; `score` is 0 to 100, NULL where the quiz is only passed or failed."""

    __tablename__ = "quiz_attempts"

    source_id: Mapped[str] = mapped_column(SOURCE, primary_key=True)
    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE")
    passed: Mapped[bool]
    score: Mapped[Decimal | None] = mapped_column(Numeric)
    submitted_at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        rule("quiz_attempts", "score", "score BETWEEN 0 AND 100"),
        rule("quiz_attempts", "submitted_at", "isfinite(submitted_at)"),
        # Covering: the newest ten of an enrollment are read from the index alone, however long its history.
        Index(
            "idx_quiz_attempts_newest",
            enrollment_id,
            text("submitted_at DESC"),
            text("source_id DESC"),
            postgresql_include=["passed", "score"],
        ),
        {"schema": SCHEMA},
    )


class TopicCompletion(Base):
    """A student completed a topic."""

    __tablename__ = "topic_completions"

    source_id: Mapped[str] = mapped_column(SOURCE, primary_key=True)
    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE")
    completed_at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        rule("topic_completions", "completed_at", "isfinite(completed_at)"),
        Index("idx_topic_completions_newest", enrollment_id, text("completed_at DESC")),
        {"schema": SCHEMA},
    )


class Escalation(Base):
    """A question of the student's that an assistant could not answer and handed to a person."""

    __tablename__ = "escalations"

    source_id: Mapped[str] = mapped_column(SOURCE, primary_key=True)
    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE")
    escalated_at: Mapped[datetime]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        rule("escalations", "escalated_at", "isfinite(escalated_at)"),
        Index("idx_escalations_newest", enrollment_id, text("escalated_at DESC")),
        Index("idx_escalations_at", "escalated_at"),
        {"schema": SCHEMA},
    )
