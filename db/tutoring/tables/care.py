"""Our tables beside the document's: what managers decided, models, changes of status, reminders, reports, health."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any

from sqlalchemy import CheckConstraint, Index, Numeric, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import SCHEMA, numbered, refers

_WORD = String(50)


class _Noted:
    """A row knows when it was made."""

    at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=900)


class ChurnOverride(_Noted, Base):
    """What a manager wrote over a prediction's score, and why; the rules read it instead."""

    __tablename__ = "churn_overrides"

    prediction_id: Mapped[str] = refers("churn_predictions", "prediction_id", primary_key=True)
    churn_score: Mapped[int]
    manager: Mapped[str] = mapped_column(_WORD)
    reason: Mapped[str]

    __table_args__ = (
        CheckConstraint("churn_score BETWEEN 0 AND 100", name="churn_overrides_churn_score_check"),
        CheckConstraint("reason ~ '[^[:space:]]'", name="churn_overrides_reason_check"),
        {"schema": SCHEMA},
    )


class ChurnModel(Base):
    """A training's outcome: a model that may be in use, or why there is none; its file lies in the storage."""

    __tablename__ = "churn_models"

    version: Mapped[str] = mapped_column(_WORD, primary_key=True)
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    in_use: Mapped[bool]
    samples: Mapped[int]
    report: Mapped[dict[str, Any]]
    verdict: Mapped[str]
    intercept: Mapped[Decimal | None] = mapped_column(Numeric)
    coefficients: Mapped[dict[str, Any] | None]
    artefact: Mapped[str | None]

    __table_args__ = (
        CheckConstraint(
            "NOT in_use OR num_nulls(intercept, coefficients, artefact) = 0", name="churn_models_in_use_check"
        ),
        Index("ux_churn_models_in_use", "in_use", unique=True, postgresql_where=text("in_use")),
        {"schema": SCHEMA},
    )


class Approval(_Noted, Base):
    """A manager's word about an intervention that is for people."""

    __tablename__ = "approvals"

    intervention_id: Mapped[str] = refers("interventions", "intervention_id", primary_key=True)
    approved: Mapped[bool]
    manager: Mapped[str] = mapped_column(_WORD)
    reason: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)


class StatusChange(_Noted, Base):
    """A tutor became active, inactive or churned."""

    __tablename__ = "status_changes"

    id: Mapped[int] = numbered()
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    before: Mapped[str | None] = mapped_column(_WORD)
    after: Mapped[str] = mapped_column(_WORD)
    why: Mapped[str]

    __table_args__ = (Index("ix_status_changes_tutor", "tutor_id", "at"), {"schema": SCHEMA})


class FirstSessionRisk(_Noted, Base):
    """How likely a first session of the next day is to go badly, from so many rated ones of which so many did."""

    __tablename__ = "first_session_risks"

    session_id: Mapped[str] = refers("sessions", "session_id", primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    probability: Mapped[Decimal] = mapped_column(Numeric)
    rated: Mapped[int]
    poor: Mapped[int]

    __table_args__ = (
        CheckConstraint("probability BETWEEN 0 AND 1", name="first_session_risks_probability_check"),
        Index("ix_first_session_risks_tutor", "tutor_id"),
        {"schema": SCHEMA},
    )


class RescheduleAlert(_Noted, Base):
    """A tutor who rescheduled too often, once in an ISO week, of which `week` is the Monday."""

    __tablename__ = "reschedule_alerts"

    tutor_id: Mapped[str] = refers("tutors", "tutor_id", primary_key=True)
    week: Mapped[date] = mapped_column(primary_key=True)
    in_7_days: Mapped[int]
    in_14_days: Mapped[int]
    escalated: Mapped[bool]

    __table_args__ = ({"schema": SCHEMA},)


class Report(_Noted, Base):
    """A report of a period that begins on that day: its figures, and where it lies in the storage."""

    __tablename__ = "reports"

    report: Mapped[str] = mapped_column(_WORD, primary_key=True)
    period: Mapped[date] = mapped_column(primary_key=True)
    figures: Mapped[dict[str, Any]]
    url: Mapped[str]

    __table_args__ = ({"schema": SCHEMA},)


class Alert(_Noted, Base):
    """Something that people were told is wrong, once in a window of time that begins then."""

    __tablename__ = "alerts"

    kind: Mapped[str] = mapped_column(_WORD, primary_key=True)
    window_start: Mapped[datetime] = mapped_column("window", primary_key=True)
    said: Mapped[str]

    __table_args__ = ({"schema": SCHEMA},)


class Health(_Noted, Base):
    """How things stood at a moment: health by the minute, the promised time of insights by the hour."""

    __tablename__ = "health"

    id: Mapped[int] = numbered()
    kind: Mapped[str] = mapped_column(_WORD)
    ok: Mapped[bool]
    figures: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_health_at", "at"), {"schema": SCHEMA})
