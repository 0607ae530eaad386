"""Tutors and students."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import FLOAT, ID, SCHEMA, TEXTS, Stamped, labels, within


class TutorStatus(StrEnum):
    """Whether a tutor teaches; one who left is churned, and the row stays."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    CHURNED = "churned"


class Archetype(StrEnum):
    """How a tutor behaves, as a sample or a platform says."""

    HIGH_PERFORMER = "high_performer"
    AT_RISK = "at_risk"
    NEW_TUTOR = "new_tutor"
    STEADY = "steady"
    CHURNER = "churner"


class Tutor(Stamped, Base):
    """Who teaches."""

    __tablename__ = "tutors"

    tutor_id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(255))
    onboarding_date: Mapped[datetime]
    status: Mapped[str | None] = mapped_column(String(50))
    subjects: Mapped[list[str] | None] = mapped_column(TEXTS)
    education_level: Mapped[str | None] = mapped_column(String(100))
    location: Mapped[str | None] = mapped_column(String(200))
    baseline_sessions_per_week: Mapped[float | None] = mapped_column(FLOAT)
    behavioral_archetype: Mapped[str | None] = mapped_column(String(50))

    __table_args__ = (
        labels("tutors", "status", TutorStatus),
        labels("tutors", "behavioral_archetype", Archetype),
        CheckConstraint("baseline_sessions_per_week BETWEEN 0 AND 1000", name="tutors_baseline_check"),
        Index("ix_tutors_email", email, unique=True),
        Index("ix_tutors_status", status),
        {"schema": SCHEMA},
    )


class Student(Stamped, Base):
    """Who is taught."""

    __tablename__ = "students"

    student_id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    age: Mapped[int | None]
    grade_level: Mapped[str | None] = mapped_column(String(50))
    subjects_interested: Mapped[list[str] | None] = mapped_column(TEXTS)

    __table_args__ = (within("students", "age", 0, 150), {"schema": SCHEMA})


class Address(Base):
    """Where a student or a manager gets mail; tutors have theirs in their own row."""

    __tablename__ = "addresses"

    person_id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(320))
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = ({"schema": SCHEMA},)
