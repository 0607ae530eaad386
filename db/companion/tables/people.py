"""Users of every role, the subjects there are, and who teaches whom."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from bellwork.db.base import Base
from bellwork.db.companion.tables.columns import SCHEMA, Created, Identified, Stamped, no, refers


class CompanionUser(Identified, Stamped, Base):
    """Somebody with an account; `profile` holds preferences (nudges, cap, quiet hours, time zone) and progress."""

    __tablename__ = "users"

    cognito_sub: Mapped[str] = mapped_column(String(255), unique=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    role: Mapped[str] = mapped_column(String(20))
    profile: Mapped[dict[str, Any] | None] = mapped_column(server_default=text("'{}'"))
    gamification: Mapped[dict[str, Any] | None] = mapped_column(server_default=text("'{}'"))
    analytics: Mapped[dict[str, Any] | None] = mapped_column(server_default=text("'{}'"))
    disclaimer_shown: Mapped[bool | None] = no()

    __table_args__ = (
        CheckConstraint("role IN ('student', 'tutor', 'parent', 'admin')", name="users_role_check"),
        Index("idx_users_cognito_sub", cognito_sub),
        Index("idx_users_role", role),
        Index("idx_users_email", email),
        {"schema": SCHEMA},
    )


class Subject(Identified, Created, Base):
    """What can be taught, and which other subjects are near to it."""

    __tablename__ = "subjects"

    name: Mapped[str] = mapped_column(String(100))
    category: Mapped[str | None] = mapped_column(String(50))
    description: Mapped[str | None]
    related_subjects: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))

    __table_args__ = (Index("idx_subjects_category", category), {"schema": SCHEMA})


class TutorStudentAssignment(Identified, Base):
    """A tutor teaches a student a subject, or whatever comes where none is named; roles are checked by a trigger."""

    __tablename__ = "tutor_student_assignments"

    tutor_id: Mapped[UUID] = refers("users", "CASCADE")
    student_id: Mapped[UUID] = refers("users", "CASCADE")
    subject_id: Mapped[UUID | None] = refers("subjects")
    assigned_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp())
    status: Mapped[str | None] = mapped_column(String(20), server_default=text("'active'"))
    notes: Mapped[str | None]
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint(tutor_id, student_id, subject_id, postgresql_nulls_not_distinct=True),
        CheckConstraint("status IN ('active', 'paused', 'completed')", name="tutor_student_assignments_status_check"),
        Index("idx_tsa_tutor", tutor_id),
        Index("idx_tsa_student", student_id),
        Index("idx_tsa_status", status),
        {"schema": SCHEMA},
    )
