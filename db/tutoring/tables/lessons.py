"""What happens: sessions, what students say of them, and what tutors do between them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import FLOAT, ID, SCHEMA, TEXTS, Created, Stamped, labels, refers, within


class SessionType(StrEnum):
    """How many are taught at once."""

    ONE_ON_ONE = "1-on-1"
    GROUP = "group"


class Session(Stamped, Base):
    """A lesson that was scheduled, held or missed."""

    __tablename__ = "sessions"

    session_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    student_id: Mapped[str] = refers("students", "student_id")
    session_number: Mapped[int | None]
    scheduled_start: Mapped[datetime] = mapped_column()
    actual_start: Mapped[datetime | None]
    duration_minutes: Mapped[int | None]
    subject: Mapped[str | None] = mapped_column(String(100))
    session_type: Mapped[str | None] = mapped_column(String(50))
    tutor_initiated_reschedule: Mapped[bool | None]
    no_show: Mapped[bool | None]
    late_start_minutes: Mapped[int | None]
    engagement_score: Mapped[float | None] = mapped_column(FLOAT)
    learning_objectives_met: Mapped[bool | None]
    technical_issues: Mapped[bool | None]

    __table_args__ = (
        labels("sessions", "session_type", SessionType),
        within("sessions", "session_number", 1),
        within("sessions", "duration_minutes", 0),
        within("sessions", "engagement_score", 0, 1),
        CheckConstraint("isfinite(scheduled_start)", name="sessions_scheduled_start_check"),
        Index("ix_sessions_tutor_id", tutor_id),
        Index("ix_sessions_student_id", student_id),
        Index("ix_sessions_scheduled_start", scheduled_start),
        Index("ix_sessions_subject", subject),
        Index("ix_sessions_tutor_time", tutor_id, scheduled_start),
        {"schema": SCHEMA},
    )


class Feedback(Created, Base):
    """What a student says of a session, once; it counts for the session's tutor, whatever its own tutor_id says."""

    __tablename__ = "student_feedback"

    feedback_id: Mapped[str] = mapped_column(ID, primary_key=True)
    session_id: Mapped[str] = refers("sessions", "session_id")
    student_id: Mapped[str] = refers("students", "student_id")
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    overall_rating: Mapped[int | None]
    is_first_session: Mapped[bool | None]
    subject_knowledge_rating: Mapped[int | None]
    communication_rating: Mapped[int | None]
    patience_rating: Mapped[int | None]
    engagement_rating: Mapped[int | None]
    helpfulness_rating: Mapped[int | None]
    would_recommend: Mapped[bool | None]
    improvement_areas: Mapped[list[str] | None] = mapped_column(TEXTS)
    free_text_feedback: Mapped[str | None]
    submitted_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        within("student_feedback", "overall_rating", 1, 5),
        within("student_feedback", "subject_knowledge_rating", 1, 5),
        within("student_feedback", "communication_rating", 1, 5),
        within("student_feedback", "patience_rating", 1, 5),
        within("student_feedback", "engagement_rating", 1, 5),
        within("student_feedback", "helpfulness_rating", 1, 5),
        Index("ix_student_feedback_session_id", session_id, unique=True),
        Index("ix_student_feedback_student_id", student_id),
        Index("ix_student_feedback_tutor_id", tutor_id),
        Index("ix_student_feedback_submitted_at", submitted_at),
        {"schema": SCHEMA},
    )


class TutorEvent(Created, Base):
    """Something a tutor did: login, message_response, availability_change, resignation and others."""

    __tablename__ = "tutor_events"

    event_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    event_type: Mapped[str | None] = mapped_column(String(100))
    event_timestamp: Mapped[datetime] = mapped_column()
    event_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata")

    __table_args__ = (
        CheckConstraint("isfinite(event_timestamp)", name="tutor_events_event_timestamp_check"),
        Index("ix_tutor_events_tutor_id", tutor_id),
        Index("ix_tutor_events_event_type", event_type),
        Index("ix_tutor_events_event_timestamp", event_timestamp),
        Index("ix_tutor_events_tutor_time", tutor_id, event_timestamp),
        {"schema": SCHEMA},
    )
