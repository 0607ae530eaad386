"""Figures of requests by hour and day, and of students by day; the school '' counts all of them."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA

_AT = {"schema": SCHEMA}


def _seconds() -> Any:
    return mapped_column(Numeric(12, 3))


class _Counted:
    """What became of requests; times in seconds, the cost in dollars, as an estimate."""

    requests: Mapped[int]
    served: Mapped[int]
    hits: Mapped[int]
    failed: Mapped[int]
    failed_understanding: Mapped[int]
    failed_clarification: Mapped[int]
    failed_cache: Mapped[int]
    failed_script: Mapped[int]
    failed_audio: Mapped[int]
    films_given_up: Mapped[int]
    regenerations: Mapped[int]
    cost: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    fast_p50: Mapped[Decimal | None] = _seconds()
    fast_p95: Mapped[Decimal | None] = _seconds()
    full_p50: Mapped[Decimal | None] = _seconds()
    full_p95: Mapped[Decimal | None] = _seconds()


class RequestHour(_Counted, Base):
    """The requests of an hour, counted anew until it is 48 hours old."""

    __tablename__ = "request_hours"
    __table_args__ = (_AT,)

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ID, primary_key=True)


class RequestDay(_Counted, Base):
    """The requests of a day (UTC): the sums of its hours, and percentiles of its own."""

    __tablename__ = "request_days"
    __table_args__ = (_AT,)

    day: Mapped[date] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ID, primary_key=True)


class StudentDay(Base):
    """The students of a day (UTC), as they were when they were counted last."""

    __tablename__ = "student_days"
    __table_args__ = (_AT,)

    day: Mapped[date] = mapped_column(primary_key=True)
    school_id: Mapped[str] = mapped_column(ID, primary_key=True)
    active_students: Mapped[int]
    asking_students: Mapped[int]
    new_students: Mapped[int]
    activated_students: Mapped[int]
    struggling_students: Mapped[int]
