"""Nudges, and beside the document's table: the keys that keep each single, and why others did not go."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.companion.tables.columns import SCHEMA, Created, Identified, refers


class Nudge(Identified, Created, Base):
    """A word to a learner, shown in the app; where `channel` says so, a letter says the same."""

    __tablename__ = "nudges"

    user_id: Mapped[UUID] = refers("users", "CASCADE")
    kind: Mapped[str] = mapped_column("type", String(50))
    channel: Mapped[str] = mapped_column(String(20))
    message: Mapped[str]
    personalized: Mapped[bool | None] = mapped_column(server_default=text("true"))
    sent_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp())
    opened_at: Mapped[datetime | None] = mapped_column()
    clicked_at: Mapped[datetime | None]
    trigger_reason: Mapped[str | None]
    suggestions_made: Mapped[list[str] | None] = mapped_column(ARRAY(Text))

    __table_args__ = (
        CheckConstraint("channel IN ('in_app', 'email', 'both')", name="nudges_channel_check"),
        Index("idx_nudges_user", user_id),
        Index("idx_nudges_type", kind),
        Index("idx_nudges_sent", sent_at),
        Index("idx_nudges_opened", opened_at),
        Index("idx_nudges_user_sent", user_id, sent_at.desc()),
        Index("idx_nudges_user_answers", user_id, postgresql_include=["opened_at", "clicked_at"]),
        {"schema": SCHEMA},
    )


class NudgeKey(Base):
    """A learner got a nudge of a type on his day, as the slot-th of that day; it stays where the nudge was deleted."""

    __tablename__ = "nudge_keys"

    nudge_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = refers("users", "CASCADE")
    kind: Mapped[str] = mapped_column("type", String(50))
    day: Mapped[date] = mapped_column()
    slot: Mapped[int] = mapped_column(SmallInteger)
    goal_id: Mapped[UUID | None] = mapped_column(unique=True)

    __table_args__ = (
        UniqueConstraint(user_id, day, slot),
        UniqueConstraint(user_id, kind, day),
        CheckConstraint("slot >= 1", name="nudge_keys_slot_check"),
        {"schema": SCHEMA},
    )


class NudgeSuppression(Base):
    """A nudge was due and did not go: why, and when it may, where that is known."""

    __tablename__ = "nudge_suppressions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[UUID] = refers("users", "CASCADE")
    kind: Mapped[str] = mapped_column("type", String(50))
    day: Mapped[date] = mapped_column()
    reason: Mapped[str] = mapped_column()
    next_at: Mapped[datetime | None]
    decided_at: Mapped[datetime] = mapped_column(server_default=func.current_timestamp())

    __table_args__ = (
        UniqueConstraint(user_id, kind, day, reason),
        Index("idx_nudge_suppressions_decided", decided_at),
        {"schema": SCHEMA},
    )
