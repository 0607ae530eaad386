"""The practice bank, what students were assigned, and how well they do."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Index, Numeric, String, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.companion.tables.columns import SCHEMA, Created, Identified, Stamped, no, overridden_by, refers

_DIFFICULTY = "difficulty_level >= 1 AND difficulty_level <= 10"


class PracticeBankItem(Identified, Stamped, Base):
    """A question that somebody wrote for the bank, of a difficulty from 1 to 10."""

    __tablename__ = "practice_bank_items"

    question_text: Mapped[str]
    answer_text: Mapped[str]
    explanation: Mapped[str | None]
    subject_id: Mapped[UUID] = refers("subjects")
    difficulty_level: Mapped[int] = mapped_column()
    goal_tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    topic_tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID | None] = refers("users", "SET NULL")
    version: Mapped[int | None] = mapped_column(server_default=text("1"))
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))

    __table_args__ = (
        CheckConstraint(_DIFFICULTY, name="practice_bank_items_difficulty_level_check"),
        Index("idx_pbi_subject", subject_id),
        Index("idx_pbi_difficulty", difficulty_level),
        Index("idx_pbi_goal_tags", goal_tags, postgresql_using="gin"),
        Index("idx_pbi_active", is_active),
        {"schema": SCHEMA},
    )


class PracticeAssignment(Identified, Created, Base):
    """A question for one student, from the bank or made for him; one that was made is flagged for a tutor's review."""

    __tablename__ = "practice_assignments"

    student_id: Mapped[UUID] = refers("users", "CASCADE")
    source: Mapped[str] = mapped_column(String(20))
    bank_item_id: Mapped[UUID | None] = refers("practice_bank_items")
    ai_question_text: Mapped[str | None]
    ai_answer_text: Mapped[str | None]
    ai_explanation: Mapped[str | None]
    flagged: Mapped[bool | None] = no()
    subject_id: Mapped[UUID | None] = refers("subjects")
    difficulty_level: Mapped[int | None]
    goal_tags: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    student_rating_before: Mapped[int | None]
    student_rating_after: Mapped[int | None]
    performance_score: Mapped[Decimal | None] = mapped_column(Numeric(3, 2))
    completed: Mapped[bool | None] = no()
    completed_at: Mapped[datetime | None] = mapped_column()
    overridden: Mapped[bool | None] = no()
    override_id: Mapped[UUID | None] = overridden_by("practice_assignments")
    assigned_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp())

    __table_args__ = (
        CheckConstraint("source IN ('bank', 'ai_generated')", name="practice_assignments_source_check"),
        CheckConstraint(_DIFFICULTY, name="practice_assignments_difficulty_level_check"),
        CheckConstraint(
            "source <> 'ai_generated' OR coalesce(btrim(ai_question_text), '') <> ''"
            " AND coalesce(btrim(ai_answer_text), '') <> ''",
            name="practice_assignments_made_check",
        ),
        CheckConstraint("source <> 'bank' OR bank_item_id IS NOT NULL", name="practice_assignments_bank_check"),
        Index("idx_pa_student", student_id),
        Index("idx_pa_source", source),
        Index("idx_pa_flagged", flagged),
        Index("idx_pa_completed", completed),
        Index("idx_pa_done", student_id, subject_id, completed_at, postgresql_where=text("completed")),
        Index("idx_pa_done_at", student_id, completed_at, postgresql_where=text("completed")),
        Index(
            "idx_pa_done_tags",
            goal_tags,
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=text("completed"),
        ),
        {"schema": SCHEMA},
    )


class StudentRating(Identified, Base):
    """How well a student does in a subject, from 400 to 2000; `update_student_rating` alone moves it."""

    __tablename__ = "student_ratings"

    student_id: Mapped[UUID] = refers("users", "CASCADE")
    subject_id: Mapped[UUID] = refers("subjects")
    rating: Mapped[int | None] = mapped_column(server_default=text("1000"))
    last_updated: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp())

    __table_args__ = (
        UniqueConstraint(student_id, subject_id),
        Index("idx_sr_student", student_id),
        Index("idx_sr_subject", subject_id),
        Index("idx_sr_rating", rating),
        {"schema": SCHEMA},
    )
