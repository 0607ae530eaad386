"""Who is about to leave, what is done about it, and why."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import FLOAT, ID, SCHEMA, Stamped, labels, numbered, refers, within

_PREDICTIONS, _INTERVENTIONS = "churn_predictions", "interventions"


class RiskLevel(StrEnum):
    """The band of a churn score: to 25, 50, 75 and 100."""

    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"


class InterventionType(StrEnum):
    """What can be done for a tutor."""

    AUTOMATED_COACHING = "automated_coaching"
    TRAINING_MODULE = "training_module"
    FIRST_SESSION_CHECKIN = "first_session_checkin"
    RESCHEDULING_ALERT = "rescheduling_alert"
    MANAGER_COACHING = "manager_coaching"
    PEER_MENTORING = "peer_mentoring"
    PERFORMANCE_IMPROVEMENT_PLAN = "performance_improvement_plan"
    RETENTION_INTERVIEW = "retention_interview"
    RECOGNITION = "recognition"


class InterventionStatus(StrEnum):
    """How far an intervention is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class InterventionOutcome(StrEnum):
    """What became of the tutor after an intervention."""

    IMPROVED = "improved"
    NO_CHANGE = "no_change"
    DECLINED = "declined"
    CHURNED = "churned"


class ChurnPrediction(Stamped, Base):
    """How likely a tutor is to leave, as a score and as probabilities within 1, 7, 30 and 90 days."""

    __tablename__ = _PREDICTIONS

    prediction_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    prediction_date: Mapped[datetime | None] = mapped_column()
    churn_score: Mapped[int | None]
    risk_level: Mapped[str | None] = mapped_column(String(20))
    window_1day_probability: Mapped[float | None] = mapped_column(FLOAT)
    window_7day_probability: Mapped[float | None] = mapped_column(FLOAT)
    window_30day_probability: Mapped[float | None] = mapped_column(FLOAT)
    window_90day_probability: Mapped[float | None] = mapped_column(FLOAT)
    contributing_factors: Mapped[dict[str, Any] | None]
    model_version: Mapped[str | None] = mapped_column(String(50))

    __table_args__ = (
        within(_PREDICTIONS, "churn_score", 0, 100),
        labels(_PREDICTIONS, "risk_level", RiskLevel),
        within(_PREDICTIONS, "window_1day_probability", 0, 1),
        within(_PREDICTIONS, "window_7day_probability", 0, 1),
        within(_PREDICTIONS, "window_30day_probability", 0, 1),
        within(_PREDICTIONS, "window_90day_probability", 0, 1),
        Index("ix_churn_predictions_tutor_id", tutor_id),
        Index("ix_churn_predictions_prediction_date", prediction_date),
        Index("ix_churn_predictions_risk_level", risk_level),
        Index("ix_churn_predictions_latest", tutor_id, prediction_date.desc(), prediction_id.desc()),
        {"schema": SCHEMA},
    )


class Intervention(Stamped, Base):
    """Something that is to be done for a tutor; of one type, a tutor has one open row at most."""

    __tablename__ = _INTERVENTIONS

    intervention_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    intervention_type: Mapped[str | None] = mapped_column(String(100))
    trigger_reason: Mapped[str | None]
    recommended_date: Mapped[datetime | None]
    assigned_to: Mapped[str | None] = mapped_column(String(50))
    status: Mapped[str | None] = mapped_column(String(50))
    due_date: Mapped[datetime | None]
    completed_date: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(50))
    notes: Mapped[str | None]

    __table_args__ = (
        labels(_INTERVENTIONS, "intervention_type", InterventionType),
        labels(_INTERVENTIONS, "status", InterventionStatus),
        labels(_INTERVENTIONS, "outcome", InterventionOutcome),
        Index("ix_interventions_tutor_id", tutor_id),
        Index("ix_interventions_status", status),
        Index(
            "ux_interventions_open",
            tutor_id,
            intervention_type,
            unique=True,
            postgresql_where=text("status IN ('pending', 'in_progress')"),
        ),
        Index("ix_interventions_recent", "tutor_id", "intervention_type", "recommended_date"),
        Index("ix_interventions_due", "due_date", postgresql_where=text("status IN ('pending', 'in_progress')")),
        {"schema": SCHEMA},
    )


class PredictionKey(Base):
    """What a prediction was made for (a night and model, or one event), so that it is made once, and of what.

    `day` is the UTC day whose rows were read; the rules have looked at it at `evaluated_at`, or not yet.
    """

    __tablename__ = "prediction_keys"

    tutor_id: Mapped[str] = refers("tutors", "tutor_id", primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    prediction_id: Mapped[str] = refers(_PREDICTIONS, "prediction_id")
    day: Mapped[date | None]
    figures: Mapped[dict[str, Any] | None]
    sub_scores: Mapped[dict[str, Any] | None]
    added: Mapped[dict[str, Any] | None]
    predicted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    evaluated_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_prediction_keys_prediction", prediction_id),
        Index("ix_prediction_keys_unlooked", tutor_id, postgresql_where=text("evaluated_at IS NULL")),
        Index("ix_prediction_keys_predicted", predicted_at),
        {"schema": SCHEMA},
    )


class Explanation(Base):
    """Why a rule of interventions fired for a tutor, or was held back."""

    __tablename__ = "explanations"

    id: Mapped[int] = numbered()
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    rule: Mapped[str] = mapped_column(String(100))
    fired: Mapped[bool]
    reason: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    prediction_id: Mapped[str | None] = refers(_PREDICTIONS, "prediction_id")
    intervention_id: Mapped[str | None] = refers(_INTERVENTIONS, "intervention_id")

    __table_args__ = (
        Index("ix_explanations_tutor", tutor_id, at),
        Index("ix_explanations_prediction", prediction_id, postgresql_where=text("prediction_id IS NOT NULL")),
        Index("ix_explanations_intervention", intervention_id, postgresql_where=text("intervention_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Escalation(Base):
    """A level that an overdue intervention was raised to, once, and who was told."""

    __tablename__ = "escalations"

    intervention_id: Mapped[str] = refers(_INTERVENTIONS, "intervention_id", primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    told: Mapped[str | None] = mapped_column(String(50))
    reason: Mapped[str]

    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 9", name="escalations_level_check"),
        {"schema": SCHEMA},
    )
