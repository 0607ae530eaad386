"""The plan of the second revision: what people do, how enrollments end, and what is taken in from other systems."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table
from bellwork.db.support.plan.acts import FUNCTIONS, TRIGGERS

SECOND = Plan(
    system="support",
    revision="0002",
    document="student_interventions.md",
    types={},
    functions=FUNCTIONS,
    tables={
        "sources": Table(
            {
                "name": "TEXT PRIMARY KEY",
                "seen_through": "TIMESTAMPTZ",
                "taken_at": "TIMESTAMPTZ",
                "compared_at": "TIMESTAMPTZ",
                "away_since": "TIMESTAMPTZ",
                "error": "TEXT",
            }
        ),
        "taken_enrollments": Table(
            {"enrollment_id": "UUID PRIMARY KEY REFERENCES {support}.student_enrollments(id) ON DELETE CASCADE"}
        ),
    },
    indexes={
        "notices": {"idx_notices_letter": "(letter_key)"},
        "inactivity_spells": {"idx_inactivity_spells_letter": "(letter_key)"},
        "student_interventions": {
            "idx_student_interventions_unassigned": "(course_id, created_at) WHERE deleted_at IS NULL"
            " AND status = 'pending' AND assigned_trainer_id IS NULL",
        },
    },
    checks={},
    triggers=TRIGGERS,
)
