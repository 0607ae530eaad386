"""Goals, sessions, their summaries, questions that were asked, and what a tutor put in an answer's place."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Index, Numeric, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.companion.tables.columns import SCHEMA, Created, Identified, Stamped, no, overridden_by, refers


class Goal(Identified, Stamped, Base):
    """What a student wants to reach; the numbers are recomputed from rows."""

    __tablename__ = "goals"

    student_id: Mapped[UUID] = refers("users", "CASCADE")
    created_by: Mapped[UUID] = refers("users")
    subject_id: Mapped[UUID | None] = refers("subjects")
    goal_type: Mapped[str | None] = mapped_column(String(50))
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None]
    target_completion_date: Mapped[date | None]
    status: Mapped[str | None] = mapped_column(String(20), server_default=text("'active'"))
    completion_percentage: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), server_default=text("0.00"))
    current_streak: Mapped[int | None] = mapped_column(server_default=text("0"))
    xp_earned: Mapped[int | None] = mapped_column(server_default=text("0"))
    completed_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        CheckConstraint("status IN ('active', 'completed', 'paused', 'cancelled')", name="goals_status_check"),
        CheckConstraint(
            "completion_percentage >= 0 AND completion_percentage <= 100", name="goals_completion_percentage_check"
        ),
        Index("idx_goals_student", student_id),
        Index("idx_goals_status", status),
        Index("idx_goals_subject", subject_id),
        Index("idx_goals_completed", completed_at, text("id"), postgresql_where=text("status = 'completed'")),
        {"schema": SCHEMA},
    )


class TutoringSession(Identified, Stamped, Base):
    """An hour that a tutor and a student had, with what was said where that is known."""

    __tablename__ = "sessions"

    student_id: Mapped[UUID] = refers("users", "CASCADE")
    tutor_id: Mapped[UUID] = refers("users", "CASCADE")
    session_date: Mapped[datetime] = mapped_column()
    duration_minutes: Mapped[int | None]
    subject_id: Mapped[UUID | None] = refers("subjects")
    transcript_text: Mapped[str | None]
    transcript_storage_url: Mapped[str | None] = mapped_column(String(500))
    transcript_available: Mapped[bool | None] = mapped_column(server_default=text("true"))
    topics_covered: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    notes: Mapped[str | None]

    __table_args__ = (
        Index("idx_sessions_student", student_id),
        Index("idx_sessions_tutor", tutor_id),
        Index("idx_sessions_date", session_date),
        Index("idx_sessions_student_date", student_id, session_date.desc()),
        Index("idx_sessions_student_subject", student_id, subject_id, session_date),
        {"schema": SCHEMA},
    )


class Summary(Identified, Stamped, Base):
    """What a session was about and what comes next; kept for ever, one for each session."""

    __tablename__ = "summaries"

    session_id: Mapped[UUID] = refers("sessions", "CASCADE")
    student_id: Mapped[UUID] = refers("users", "CASCADE")
    tutor_id: Mapped[UUID] = refers("users", "CASCADE")
    narrative: Mapped[str]
    next_steps: Mapped[list[str]] = mapped_column(ARRAY(Text))
    subjects_covered: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    summary_type: Mapped[str | None] = mapped_column(String(50))
    overridden: Mapped[bool | None] = no()
    override_id: Mapped[UUID | None] = overridden_by("summaries")

    __table_args__ = (
        Index("idx_summaries_session", session_id),
        Index("idx_summaries_student", student_id),
        Index("idx_summaries_tutor", tutor_id),
        Index("summaries_one_per_session", session_id, unique=True),
        {"schema": SCHEMA},
    )


class QaInteraction(Identified, Created, Base):
    """A question, its answer, and how sure that was; out of scope is stored as Low, 0.00."""

    __tablename__ = "qa_interactions"

    student_id: Mapped[UUID] = refers("users", "CASCADE")
    query: Mapped[str]
    answer: Mapped[str]
    confidence: Mapped[str] = mapped_column(String(10))
    confidence_score: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))
    context_subjects: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    clarification_requested: Mapped[bool | None] = no()
    out_of_scope: Mapped[bool | None] = no()
    tutor_escalation_suggested: Mapped[bool | None] = no()
    escalated_to_tutor_id: Mapped[UUID | None] = refers("users", "SET NULL")
    disclaimer_shown: Mapped[bool | None] = mapped_column(server_default=text("true"))
    overridden: Mapped[bool | None] = no()
    override_id: Mapped[UUID | None] = overridden_by("qa_interactions")

    __table_args__ = (
        CheckConstraint("confidence IN ('High', 'Medium', 'Low')", name="qa_interactions_confidence_check"),
        Index("idx_qa_student", student_id),
        Index("idx_qa_confidence", confidence),
        Index("idx_qa_created", text("created_at")),
        Index("idx_qa_student_confidence", student_id, confidence),
        {"schema": SCHEMA},
    )


class Override(Identified, Created, Base):
    """A tutor's own words in the place of generated ones; what stood there is kept as a snapshot."""

    __tablename__ = "overrides"

    tutor_id: Mapped[UUID] = refers("users", "CASCADE")
    student_id: Mapped[UUID] = refers("users", "CASCADE")
    override_type: Mapped[str] = mapped_column(String(50))
    action: Mapped[str]
    summary_id: Mapped[UUID | None] = refers("summaries")
    practice_assignment_id: Mapped[UUID | None] = refers("practice_assignments")
    qa_interaction_id: Mapped[UUID | None] = refers("qa_interactions")
    original_content: Mapped[dict[str, Any] | None]
    new_content: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None]
    subject_id: Mapped[UUID | None] = refers("subjects")
    difficulty_level: Mapped[int | None]

    __table_args__ = (
        Index("idx_overrides_tutor", tutor_id),
        Index("idx_overrides_student", student_id),
        Index("idx_overrides_type", override_type),
        Index("idx_overrides_created", text("created_at")),
        Index("idx_overrides_summary", summary_id, postgresql_where=text("summary_id IS NOT NULL")),
        Index(
            "idx_overrides_practice",
            practice_assignment_id,
            postgresql_where=text("practice_assignment_id IS NOT NULL"),
        ),
        Index("idx_overrides_qa", qa_interaction_id, postgresql_where=text("qa_interaction_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
