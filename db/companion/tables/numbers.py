"""What keeps the learner's numbers single, beside the document's tables."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.companion.tables.columns import SCHEMA, refers


class LearnerDay(Base):
    """The last of a learner's own days on which his numbers were counted."""

    __tablename__ = "learner_days"

    student_id: Mapped[UUID] = refers("users", "CASCADE", primary_key=True)
    day: Mapped[date]

    __table_args__ = ({"schema": SCHEMA},)


class PracticeSet(Base):
    """An order of practice items and how far it has come; the learner's numbers of a set are read from its items."""

    __tablename__ = "practice_sets"

    student_id: Mapped[UUID] = refers("users", "CASCADE", primary_key=True)
    request_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    subject_id: Mapped[UUID] = refers("subjects")
    wanted: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(20), server_default=text("'pending'"))
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    completed_at: Mapped[datetime | None]
    help_told_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("request_id <> ''", name="practice_sets_request_id_check"),
        CheckConstraint("wanted BETWEEN 1 AND 50", name="practice_sets_wanted_check"),
        CheckConstraint("state IN ('pending', 'processing', 'completed', 'failed')", name="practice_sets_state_check"),
        Index("idx_practice_sets_request", request_id),
        Index(
            "idx_practice_sets_open",
            state,
            created_at,
            postgresql_where=text("state NOT IN ('completed', 'failed')"),
        ),
        {"schema": SCHEMA},
    )


class PracticeSetItem(Base):
    """One item of a practice set, in its place."""

    __tablename__ = "practice_set_items"

    assignment_id: Mapped[UUID] = refers("practice_assignments", "CASCADE", primary_key=True)
    student_id: Mapped[UUID] = mapped_column()
    request_id: Mapped[str] = mapped_column(String(100))
    place: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("place >= 1", name="practice_set_items_place_check"),
        UniqueConstraint(student_id, request_id, place),
        ForeignKeyConstraint(
            [student_id, request_id],
            [f"{SCHEMA}.practice_sets.student_id", f"{SCHEMA}.practice_sets.request_id"],
            ondelete="CASCADE",
        ),
        {"schema": SCHEMA},
    )


class FallbackSummary(Base):
    """A summary that was written without the model, and is replaced when the model is back."""

    __tablename__ = "fallback_summaries"

    summary_id: Mapped[UUID] = refers("summaries", "CASCADE", primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())
    tried_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())

    __table_args__ = ({"schema": SCHEMA},)
