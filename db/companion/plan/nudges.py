"""Nudges as study_companion.md draws them, and beside them what keeps each single, and why others did not go."""

from __future__ import annotations

from bellwork.db.companion.plan.stamps import CREATED, ID, STUDENT
from bellwork.db.migrations.plan import Table

NUDGES = {
    "nudges": Table(
        {
            "id": ID,
            "user_id": STUDENT,
            "type": "VARCHAR(50) NOT NULL",
            "channel": "VARCHAR(20) NOT NULL CHECK (channel IN ('in_app', 'email', 'both'))",
            "message": "TEXT NOT NULL",
            "personalized": "BOOLEAN DEFAULT TRUE",
            "sent_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP",
            "opened_at": "TIMESTAMPTZ",
            "clicked_at": "TIMESTAMPTZ",
            "trigger_reason": "TEXT",
            "suggestions_made": "TEXT[]",
            **CREATED,
        },
    ),
}
#: The tables that the document does not have. A key outlives its nudge: a nudge that somebody deletes was still given.
KEPT_BESIDE = {
    "nudge_keys": Table(
        {
            "nudge_id": "UUID PRIMARY KEY",
            "user_id": STUDENT,
            "type": "VARCHAR(50) NOT NULL",
            "day": "DATE NOT NULL",
            "slot": "SMALLINT NOT NULL CHECK (slot >= 1)",
            "goal_id": "UUID UNIQUE",
        },
        rules=("UNIQUE (user_id, day, slot)", "UNIQUE (user_id, type, day)"),
    ),
    "nudge_suppressions": Table(
        {
            "id": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "user_id": STUDENT,
            "type": "VARCHAR(50) NOT NULL",
            "day": "DATE NOT NULL",
            "reason": "TEXT NOT NULL",
            "next_at": "TIMESTAMPTZ",
            "decided_at": "TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP",
        },
        rules=("UNIQUE (user_id, type, day, reason)",),
    ),
}
