"""What stands in the database for alerts: how each rule stands, what was told, and what probes found."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table

_NOW = "TIMESTAMPTZ NOT NULL DEFAULT now()"
ALERTS = Plan(
    system="content",
    revision="0007",
    document="vividly.md",
    types={},
    functions={},
    tables={
        "alert_states": Table(
            {
                "kind": "VARCHAR(50) PRIMARY KEY",
                "said": "TEXT",
                "since": "TIMESTAMPTZ",
                "opened_at": "TIMESTAMPTZ",
                "checked_at": _NOW,
            },
        ),
        "alerts": Table(
            {"kind": "VARCHAR(50) NOT NULL", '"window"': "TIMESTAMPTZ NOT NULL", "said": "TEXT NOT NULL", "at": _NOW},
            rules=('PRIMARY KEY (kind, "window")',),
        ),
        "pings": Table(
            {
                "at": "TIMESTAMPTZ PRIMARY KEY DEFAULT now()",
                "seconds": "NUMERIC(12, 3) NOT NULL",
                "fault": "TEXT",
            },
        ),
    },
    indexes={},
    checks={"alert_states": {"alert_states_opened_check": "opened_at IS NULL OR since IS NOT NULL"}},
    triggers={},
)
