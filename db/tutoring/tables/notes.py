"""What changed and is to be recomputed, what each night did, and how late figures were."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import ARRAY, BigInteger, Date, Index, Numeric, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.tutoring.tables.columns import SCHEMA, TEXTS, numbered


class Bucket(Base):
    """A share of all tutors; whoever writes sums or rows of a tutor holds the lock on his bucket's row."""

    __tablename__ = "buckets"

    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)

    __table_args__ = ({"schema": SCHEMA},)


class Change(Base):
    """A tutor's day on which something changed; `at` NULL stands for all 90 days. A recompute takes the row away."""

    __tablename__ = "changes"

    id: Mapped[int] = numbered()
    bucket: Mapped[int] = mapped_column(SmallInteger)
    tutor_id: Mapped[str]
    at: Mapped[datetime | None]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    __table_args__ = (Index("ix_changes_bucket", bucket), {"schema": SCHEMA})


class MetricRun(Base):
    """One job that recomputes all tutors: how far it compared sums with raw rows, and what came of it.

    It writes the final rows of the day before where it `closes` that, and of those `missed`, whose nights never ran.
    """

    __tablename__ = "metric_runs"

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date]
    started_at: Mapped[datetime]
    compared_through: Mapped[date | None]
    finished_at: Mapped[datetime | None]
    closes: Mapped[bool]
    missed: Mapped[list[date]] = mapped_column(ARRAY(Date), server_default=text("'{}'"))
    tutors: Mapped[int] = mapped_column(server_default=text("0"))
    corrected: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[list[str]] = mapped_column(TEXTS, server_default=text("'{}'"))
    reason: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)


class Insight(Base):
    """How late the figures were that one recompute brought: `late` changes waited longer than the promise (TM17)."""

    __tablename__ = "insights"

    id: Mapped[int] = numbered()
    computed_at: Mapped[datetime]
    tutors: Mapped[int]
    changes: Mapped[int]
    late: Mapped[int]
    slowest_seconds: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (Index("ix_insights_computed", "computed_at"), {"schema": SCHEMA})
