"""Users, what they prefer, and what they pay for, as learncraft.md draws them; zones and periods are ours."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import ID, STAMPED, USER
from bellwork.db.migrations.plan import Table

PEOPLE = {
    "users": Table(
        {
            "id": ID,
            "email": "VARCHAR(255) NOT NULL UNIQUE",
            "password_hash": "VARCHAR(255) NOT NULL",
            "first_name": "VARCHAR(100) NOT NULL",
            "last_name": "VARCHAR(100) NOT NULL",
            "role": "{courses}.user_role NOT NULL DEFAULT 'learner'",
            "subscription_tier": "{courses}.subscription_tier NOT NULL DEFAULT 'free'",
            "avatar_url": "VARCHAR(500)",
            "bio": "TEXT",
            "is_active": "BOOLEAN NOT NULL DEFAULT true",
            "is_email_verified": "BOOLEAN NOT NULL DEFAULT false",
            "last_login_at": "TIMESTAMPTZ",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
    ),
    "user_preferences": Table(
        {
            "id": ID,
            "user_id": USER,
            "language": "VARCHAR(10) NOT NULL DEFAULT 'en'",
            "theme": "VARCHAR(20) NOT NULL DEFAULT 'light'",
            "email_notifications": "BOOLEAN NOT NULL DEFAULT true",
            "push_notifications": "BOOLEAN NOT NULL DEFAULT true",
            **STAMPED,
        },
    ),
    "subscriptions": Table(
        {
            "id": ID,
            "user_id": USER,
            "tier": "{courses}.subscription_tier NOT NULL",
            "status": "VARCHAR(20) NOT NULL DEFAULT 'active'",
            "stripe_subscription_id": "VARCHAR(100)",
            "current_period_start": "TIMESTAMPTZ NOT NULL",
            "current_period_end": "TIMESTAMPTZ NOT NULL",
            "cancel_at_period_end": "BOOLEAN NOT NULL DEFAULT false",
            **STAMPED,
            "anchored_at": "TIMESTAMPTZ",
        },
        late=frozenset({"anchored_at"}),
    ),
    "subscription_periods": Table(
        {
            "subscription_id": "UUID NOT NULL REFERENCES {courses}.subscriptions(id)",
            "period_end": "TIMESTAMPTZ NOT NULL",
            "state": "TEXT NOT NULL",
            "asked_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "refused_at": "TIMESTAMPTZ",
            "told_day": "INTEGER",
            "said": "TEXT",
        },
        rules=("PRIMARY KEY (subscription_id, period_end)",),
    ),
    "learner_zones": Table(
        {
            "user_id": "UUID PRIMARY KEY REFERENCES {courses}.users(id)",
            "zone": "TEXT NOT NULL",
        },
    ),
}
