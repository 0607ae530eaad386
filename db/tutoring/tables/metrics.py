"""How a tutor does: a row of eight figures and a tier for each window and UTC day, and the sums they are made of."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum

from sqlalchemy import Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import FLOAT, ID, SCHEMA, Stamped, labels, refers, within

_TABLE = "tutor_performance_metrics"
_COUNT = text("0")


class Window(StrEnum):
    """How many whole UTC days, the row's own included, a row of metrics covers."""

    WEEK = "7day"
    MONTH = "30day"
    QUARTER = "90day"


class Tier(StrEnum):
    """What a tutor's flags add up to (tutormax, performance_calculator.py; db/tutoring/thresholds.py)."""

    EXEMPLARY = "Exemplary"
    STRONG = "Strong"
    DEVELOPING = "Developing"
    NEEDS_ATTENTION = "Needs Attention"
    AT_RISK = "At Risk"


class TutorMetrics(Stamped, Base):
    """The figures of a tutor over a window that ends with the UTC day of `calculation_date`; kept for ever."""

    __tablename__ = _TABLE

    metric_id: Mapped[str] = mapped_column(ID, primary_key=True)
    tutor_id: Mapped[str] = refers("tutors", "tutor_id")
    calculation_date: Mapped[datetime] = mapped_column()
    window_name: Mapped[str] = mapped_column("window", String(20), quote=True)
    sessions_completed: Mapped[int | None]
    avg_rating: Mapped[float | None] = mapped_column(FLOAT)
    first_session_success_rate: Mapped[float | None] = mapped_column(FLOAT)
    reschedule_rate: Mapped[float | None] = mapped_column(FLOAT)
    no_show_count: Mapped[int | None]
    engagement_score: Mapped[float | None] = mapped_column(FLOAT)
    learning_objectives_met_pct: Mapped[float | None] = mapped_column(FLOAT)
    response_time_avg_minutes: Mapped[float | None] = mapped_column(FLOAT)
    performance_tier: Mapped[str | None] = mapped_column(String(50))

    __table_args__ = (
        labels(_TABLE, "window", Window),
        labels(_TABLE, "performance_tier", Tier),
        within(_TABLE, "sessions_completed", 0),
        within(_TABLE, "no_show_count", 0),
        within(_TABLE, "avg_rating", 1, 5),
        within(_TABLE, "engagement_score", 0, 100),
        within(_TABLE, "first_session_success_rate", 0, 100),
        within(_TABLE, "reschedule_rate", 0, 100),
        within(_TABLE, "learning_objectives_met_pct", 0, 100),
        Index("ix_tutor_performance_metrics_tutor_id", tutor_id),
        Index("ix_tutor_performance_metrics_calculation_date", calculation_date),
        Index(
            "ux_tutor_performance_metrics_day",
            tutor_id,
            window_name,
            text("((calculation_date AT TIME ZONE 'UTC'::text)::date)"),
            unique=True,
        ),
        {"schema": SCHEMA},
    )


class TutorDay(Base):
    """Exact sums and counts of one tutor's UTC day: all that any window needs of it; averages are never stored.

    `engagement` and `response_minutes` are sums over `engaged` sessions and `responses`; `ratings` is the sum of
    `rated` ratings. Of the first sessions with a student that were rated, `first_good` are those from 4, `first_poor`
    those below 3, `first_troubled` those below 3 or more than ten minutes late.
    """

    __tablename__ = "tutor_days"

    tutor_id: Mapped[str] = refers("tutors", "tutor_id", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    sessions: Mapped[int] = mapped_column(server_default=_COUNT)
    completed: Mapped[int] = mapped_column(server_default=_COUNT)
    no_shows: Mapped[int] = mapped_column(server_default=_COUNT)
    reschedules: Mapped[int] = mapped_column(server_default=_COUNT)
    on_time: Mapped[int] = mapped_column(server_default=_COUNT)
    objectives: Mapped[int] = mapped_column(server_default=_COUNT)
    objectives_met: Mapped[int] = mapped_column(server_default=_COUNT)
    engaged: Mapped[int] = mapped_column(server_default=_COUNT)
    engagement: Mapped[Decimal] = mapped_column(Numeric, server_default=_COUNT)
    rated: Mapped[int] = mapped_column(server_default=_COUNT)
    ratings: Mapped[int] = mapped_column(server_default=_COUNT)
    first_rated: Mapped[int] = mapped_column(server_default=_COUNT)
    first_good: Mapped[int] = mapped_column(server_default=_COUNT)
    first_poor: Mapped[int] = mapped_column(server_default=_COUNT)
    first_troubled: Mapped[int] = mapped_column(server_default=_COUNT)
    logins: Mapped[int] = mapped_column(server_default=_COUNT)
    responses: Mapped[int] = mapped_column(server_default=_COUNT)
    response_minutes: Mapped[Decimal] = mapped_column(Numeric, server_default=_COUNT)

    __table_args__ = ({"schema": SCHEMA},)


class TutorState(Base):
    """How far a tutor's sums and rows are: each day up to `rolled_through` was summed up after its end.

    `tier` and `flags` are those of the 30-day row: one letter each for rating, first session, reschedules, no-shows,
    engagement and objectives, g green, r red, - neither. `error` says why the rows could not be computed, if so.
    """

    __tablename__ = "tutor_states"

    tutor_id: Mapped[str] = refers("tutors", "tutor_id", primary_key=True)
    rolled_through: Mapped[date | None]
    computed_at: Mapped[datetime | None]
    tier: Mapped[str | None] = mapped_column(String(50))
    flags: Mapped[str | None] = mapped_column(String(6))
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)
