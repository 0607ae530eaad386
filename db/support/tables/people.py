"""Who learns what, with whom: of a platform's own tables what detection needs, and the trainers who act."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import ARRAY, ForeignKey, Index, Numeric, Uuid, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.support.tables.columns import SCHEMA, TEXTS, labels, refers, rule
from bellwork.db.support.words import RiskLevel

_ENROLLMENTS = "student_enrollments"


class UserProfile(Base):
    """A student, a trainer or an owner of courses; who has `erased_at` is taken in from nowhere."""

    __tablename__ = "user_profiles"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    email: Mapped[str | None]
    name: Mapped[str | None]
    time_zone: Mapped[str | None]
    erased_at: Mapped[datetime | None]

    __table_args__ = ({"schema": SCHEMA},)


class Course(Base):
    """A course; of one that is `excluded` nobody is called at risk."""

    __tablename__ = "courses"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    title: Mapped[str | None]
    owner_id: Mapped[UUID | None] = refers("user_profiles", "SET NULL")
    excluded: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (Index("idx_courses_owner", owner_id), {"schema": SCHEMA})


class Enrollment(Base):
    """A student in a course. The flags of risk are those of its open intervention, and a trigger writes them.

    Only while `status` is active, between pauses and before `ends_at`, detection does anything.
    """

    __tablename__ = _ENROLLMENTS

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    user_id: Mapped[UUID] = refers("user_profiles")
    course_id: Mapped[UUID] = refers("courses")
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    enrolled_at: Mapped[datetime] = mapped_column(server_default=func.now())
    completion_percentage: Mapped[Decimal] = mapped_column(Numeric, server_default=text("0"))
    is_at_risk: Mapped[bool] = mapped_column(server_default=text("false"))
    at_risk_since: Mapped[datetime | None]
    risk_level: Mapped[str | None]
    risk_reasons: Mapped[list[str]] = mapped_column(TEXTS, server_default=text("'{}'"))
    paused_from: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    __table_args__ = (
        labels(_ENROLLMENTS, "risk_level", RiskLevel),
        Index("idx_student_enrollments_user", user_id),
        Index("idx_student_enrollments_course", course_id),
        Index("idx_student_enrollments_at_risk", course_id, postgresql_where=text("is_at_risk")),
        {"schema": SCHEMA},
    )


class Trainer(Base):
    """Who acts on interventions of these courses: so many open ones at most, and none while away."""

    __tablename__ = "trainers"

    id: Mapped[UUID] = mapped_column(ForeignKey(f"{SCHEMA}.user_profiles.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str | None]
    email: Mapped[str | None]
    courses: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    capacity: Mapped[int] = mapped_column(server_default=text("20"))
    away_until: Mapped[datetime | None]

    __table_args__ = (rule("trainers", "capacity", "capacity >= 0"), {"schema": SCHEMA})
