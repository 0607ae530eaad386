"""Alerts: how each rule stands, what was told, and what the platform answered."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA


class AlertState(Base):
    """A rule: what is wrong and since when, and since when people are told."""

    __tablename__ = "alert_states"

    kind: Mapped[str] = mapped_column(ID, primary_key=True)
    said: Mapped[str | None]
    since: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    checked_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("opened_at IS NULL OR since IS NOT NULL", name="alert_states_opened_check"),
        {"schema": SCHEMA},
    )


class Alert(Base):
    """Something that people were told is wrong, once in a window of time that begins then."""

    __tablename__ = "alerts"

    kind: Mapped[str] = mapped_column(ID, primary_key=True)
    window_start: Mapped[datetime] = mapped_column("window", primary_key=True)
    said: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = ({"schema": SCHEMA},)


class Ping(Base):
    """The platform was asked whether it is there; `fault` says what was wrong, if anything."""

    __tablename__ = "pings"

    at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    seconds: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    fault: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)
