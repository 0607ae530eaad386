"""Our tables beside: what was decided and why, who was told, which effect it had, and counts of each day."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.support.tables.columns import SCHEMA, TEXTS, count, labels, numbered, refers, rule
from bellwork.db.support.words import RiskLevel

_INTERVENTIONS = "student_interventions"


class Decision(Base):
    """Something that was decided of an enrollment, what was held back too, and why.

    `kind` is one word (detection's: opened, changed, returned, cleared, improved, held_back), `level`, `reasons` and
    `figures` are what the rules said then.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = numbered()
    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE")
    intervention_id: Mapped[UUID | None] = refers(_INTERVENTIONS, "CASCADE")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    kind: Mapped[str]
    reason: Mapped[str]
    level: Mapped[str | None]
    reasons: Mapped[list[str]] = mapped_column(TEXTS, server_default=text("'{}'"))
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        rule("decisions", "kind", "kind ~ '^[a-z_]{1,40}$'"),
        labels("decisions", "level", RiskLevel),
        Index("idx_decisions_enrollment", enrollment_id, text("id DESC")),
        Index("idx_decisions_intervention", intervention_id),
        Index("idx_decisions_at", "at"),
        {"schema": SCHEMA},
    )


class Notice(Base):
    """Somebody was told of an intervention: of each kind once. `letter_key` is the letter's, which may be a digest."""

    __tablename__ = "notices"

    intervention_id: Mapped[UUID] = refers(_INTERVENTIONS, "CASCADE", primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[UUID | None] = refers("user_profiles", "SET NULL")
    letter_key: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("idx_notices_person", person_id),
        Index("idx_notices_letter", "letter_key"),
        {"schema": SCHEMA},
    )


class InactivitySpell(Base):
    """A student was written to in a spell of inactivity, which begins with the last activity."""

    __tablename__ = "inactivity_spells"

    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE", primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    letter_key: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index("idx_inactivity_spells_letter", "letter_key"), {"schema": SCHEMA})


class EffectCheck(Base):
    """What the rules said of an intervention so many days after it began, against the figures kept in it."""

    __tablename__ = "effect_checks"

    intervention_id: Mapped[UUID] = refers(_INTERVENTIONS, "CASCADE", primary_key=True)
    days: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    verdict: Mapped[str]
    level: Mapped[str | None]
    reasons: Mapped[list[str]] = mapped_column(TEXTS, server_default=text("'{}'"))
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (
        rule("effect_checks", "days", "days > 0"),
        labels("effect_checks", "level", RiskLevel),
        {"schema": SCHEMA},
    )


class RiskDay(Base):
    """Counts of a UTC day, a course and a level."""

    __tablename__ = "risk_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    course_id: Mapped[UUID] = refers("courses", "CASCADE", primary_key=True)
    risk_level: Mapped[str] = mapped_column(primary_key=True)
    found: Mapped[int] = count()
    assigned: Mapped[int] = count()
    assigned_in_time: Mapped[int] = count()
    escalated: Mapped[int] = count()
    resolved: Mapped[int] = count()
    improved: Mapped[int] = count()
    false_positives: Mapped[int] = count()
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        labels("risk_days", "risk_level", RiskLevel),
        Index("idx_risk_days_course", course_id),
        {"schema": SCHEMA},
    )


class RuleDay(Base):
    """Counts of a UTC day and a reason: a rule that is wrong too often has many false positives."""

    __tablename__ = "rule_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    found: Mapped[int] = count()
    improved: Mapped[int] = count()
    false_positives: Mapped[int] = count()
    counted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    decided: Mapped[int] = count()

    __table_args__ = ({"schema": SCHEMA},)


class Source(Base):
    """How far a step of taking in has come (`seen_through`), and since when its source is away."""

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen_through: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    away_since: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)


class TakenEnrollment(Base):
    """An enrollment that was taken in from another system, which says what becomes of it."""

    __tablename__ = "taken_enrollments"

    enrollment_id: Mapped[UUID] = refers("student_enrollments", "CASCADE", primary_key=True)

    __table_args__ = ({"schema": SCHEMA},)
