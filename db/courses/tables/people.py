"""People, what they prefer, and what they pay for."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    SCHEMA,
    SECRET,
    SHORT,
    TITLE,
    URL,
    Identified,
    Stamped,
    enum_of,
    flag,
    labels,
    refers,
)
from bellwork.db.machine import Machine


class UserRole(StrEnum):
    """What a user may do."""

    LEARNER = "learner"
    INSTRUCTOR = "instructor"
    CONTENT_ADMIN = "content_admin"
    SYSTEM_ADMIN = "system_admin"


class Tier(StrEnum):
    """What a user pays for; for labs free counts as basic, and enterprise as premium."""

    FREE = "free"
    BASIC = "basic"
    PRO = "pro"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"


class SubscriptionStatus(StrEnum):
    """Where a subscription is."""

    ACTIVE = "active"
    PAST_DUE = "past_due"
    """A payment was refused; the tier is kept while it is asked again."""
    CANCELLED = "cancelled"
    EXPIRED = "expired"


_S = SubscriptionStatus
SUBSCRIPTION_MACHINE = Machine(
    "subscriptions",
    {
        _S.ACTIVE: frozenset({_S.PAST_DUE, _S.CANCELLED, _S.EXPIRED}),
        _S.PAST_DUE: frozenset({_S.ACTIVE, _S.CANCELLED, _S.EXPIRED}),
        _S.CANCELLED: frozenset(),
        _S.EXPIRED: frozenset(),
    },
)
#: A user has one subscription in these.
LIVE_SUBSCRIPTIONS = (_S.ACTIVE, _S.PAST_DUE)
_LIVE = text("status IN ('active', 'past_due')")


class CourseUser(Identified, Stamped, Base):
    """Somebody with an account; `deleted_at` asks to be erased, which is done by the thirtieth day."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(TITLE, unique=True)
    password_hash: Mapped[str] = mapped_column(TITLE, info=SECRET)
    first_name: Mapped[str] = mapped_column(SHORT)
    last_name: Mapped[str] = mapped_column(SHORT)
    role: Mapped[UserRole] = mapped_column(enum_of(UserRole, "user_role"), server_default=text("'learner'"))
    subscription_tier: Mapped[Tier] = mapped_column(enum_of(Tier, "subscription_tier"), server_default=text("'free'"))
    avatar_url: Mapped[str | None] = mapped_column(URL)
    bio: Mapped[str | None]
    is_active: Mapped[bool] = flag(value=True)
    is_email_verified: Mapped[bool] = flag(value=False)
    last_login_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        Index("idx_users_role", role),
        Index("idx_users_subscription", subscription_tier),
        Index(
            "idx_users_deletion",
            deleted_at,
            postgresql_where=text("deleted_at IS NOT NULL AND email !~ '^erased-.*@invalid$'"),
        ),
        {"schema": SCHEMA},
    )


class UserPreferences(Identified, Stamped, Base):
    """How a user wants to be spoken to."""

    __tablename__ = "user_preferences"

    user_id: Mapped[UUID] = refers("users")
    language: Mapped[str] = mapped_column(String(10), server_default=text("'en'"))
    theme: Mapped[str] = mapped_column(String(20), server_default=text("'light'"))
    email_notifications: Mapped[bool] = flag(value=True)
    push_notifications: Mapped[bool] = flag(value=True)

    __table_args__ = (Index("ux_user_preferences_user", user_id, unique=True), {"schema": SCHEMA})


class LearnerZone(Base):
    """The time zone in which a learner's days begin and end; UTC's count for who has none."""

    __tablename__ = "learner_zones"

    user_id: Mapped[UUID] = refers("users", primary_key=True)
    zone: Mapped[str]

    __table_args__ = (
        CheckConstraint("timezone(zone, to_timestamp(0)) IS NOT NULL", name="learner_zones_zone_check"),
        {"schema": SCHEMA},
    )


class Subscription(Identified, Stamped, Base):
    """A tier that is paid for until the end of a period, at which it renews or ends."""

    __tablename__ = "subscriptions"

    user_id: Mapped[UUID] = refers("users")
    tier: Mapped[Tier] = mapped_column(enum_of(Tier, "subscription_tier"))
    status: Mapped[str] = mapped_column(String(20), server_default=text("'active'"))
    stripe_subscription_id: Mapped[str | None] = mapped_column(SHORT)
    current_period_start: Mapped[datetime]
    current_period_end: Mapped[datetime]
    cancel_at_period_end: Mapped[bool] = flag(value=False)
    anchored_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        labels("subscriptions", "status", SubscriptionStatus),
        Index("ux_subscriptions_live", user_id, unique=True, postgresql_where=_LIVE),
        Index("idx_subscriptions_due", "current_period_end", postgresql_where=_LIVE),
        {"schema": SCHEMA},
    )


class PeriodState(StrEnum):
    """What became of the end of a period."""

    UNKNOWN = "unknown"
    """Whether it was paid was asked, and not answered: it is asked again."""
    REFUSED = "refused"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class SubscriptionPeriod(Base):
    """The end of one period of a subscription; `told_day` is the last day of dunning that its user was told of."""

    __tablename__ = "subscription_periods"

    subscription_id: Mapped[UUID] = refers("subscriptions", primary_key=True)
    period_end: Mapped[datetime] = mapped_column(primary_key=True)
    state: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    refused_at: Mapped[datetime | None]
    told_day: Mapped[int | None]
    said: Mapped[str | None]

    __table_args__ = (
        labels("subscription_periods", "state", PeriodState),
        CheckConstraint("state <> 'refused' OR refused_at IS NOT NULL", name="subscription_periods_refused_check"),
        {"schema": SCHEMA},
    )
