"""What is done for a student at risk: one open row for an enrollment."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.support.tables.columns import SCHEMA, TEXTS, labels, refers, rule
from bellwork.db.support.words import OPEN, InterventionOutcome, InterventionStatus, InterventionType, RiskLevel

_TABLE = "student_interventions"
_THERE = "deleted_at IS NULL"


class Intervention(Base):
    """An intervention, as student_interventions draws it; the columns behind `deleted_at` are ours.

    `detected_level` and `figures` are what the rules said last: a trainer's own level stands until they say another
    one. `raised_at` is when the level last rose, `cleared_at` since when no reason is left of a row that a person has
    to end. `snoozed_until` puts off what would be sent or escalated; `dismissed_at` and `updated_at` are a trigger's.
    """

    __tablename__ = _TABLE

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    student_id: Mapped[UUID] = refers("user_profiles")
    enrollment_id: Mapped[UUID] = refers("student_enrollments")
    course_id: Mapped[UUID] = refers("courses")
    risk_level: Mapped[str]
    risk_reasons: Mapped[list[str]] = mapped_column(TEXTS)
    intervention_type: Mapped[str | None]
    assigned_trainer_id: Mapped[UUID | None] = refers("user_profiles")
    assigned_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    notes: Mapped[str | None]
    trainer_notes: Mapped[str | None]
    resolution_notes: Mapped[str | None]
    outcome: Mapped[str | None]
    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    resolved_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    detected_level: Mapped[str | None]
    figures: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    raised_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    contacted_by: Mapped[UUID | None] = refers("user_profiles")
    escalated_at: Mapped[datetime | None]
    escalated_to: Mapped[UUID | None] = refers("user_profiles")
    escalation_reason: Mapped[str | None]
    dismissed_at: Mapped[datetime | None]

    __table_args__ = (
        labels(_TABLE, "risk_level", RiskLevel),
        labels(_TABLE, "intervention_type", InterventionType),
        labels(_TABLE, "status", InterventionStatus),
        labels(_TABLE, "outcome", InterventionOutcome),
        labels(_TABLE, "detected_level", RiskLevel),
        rule(_TABLE, "risk_reasons", "cardinality(risk_reasons) > 0 AND array_position(risk_reasons, NULL) IS NULL"),
        rule(_TABLE, "assigned", "(assigned_trainer_id IS NULL) = (assigned_at IS NULL)"),
        rule(_TABLE, "resolved", "(status = 'resolved') = (resolved_at IS NOT NULL)"),
        Index("idx_student_interventions_student", student_id, postgresql_where=text(_THERE)),
        Index("idx_student_interventions_enrollment", enrollment_id, postgresql_where=text(_THERE)),
        Index(
            "idx_student_interventions_trainer",
            assigned_trainer_id,
            postgresql_where=text(f"{_THERE} AND status IN ('pending', 'in_progress')"),
        ),
        Index("idx_student_interventions_status", status, postgresql_where=text(_THERE)),
        Index("idx_student_interventions_created", created_at.desc(), postgresql_where=text(_THERE)),
        Index("ux_student_interventions_open", enrollment_id, unique=True, postgresql_where=text(OPEN)),
        Index("idx_student_interventions_course", course_id),
        Index(
            "idx_student_interventions_unassigned",
            course_id,
            created_at,
            postgresql_where=text(f"{_THERE} AND status = 'pending' AND assigned_trainer_id IS NULL"),
        ),
        Index("idx_student_interventions_assigned", assigned_trainer_id, text("assigned_at DESC")),
        {"schema": SCHEMA},
    )
