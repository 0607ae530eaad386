"""student_interventions as it is drawn, the tables it refers to, and ours beside them."""

from __future__ import annotations

from bellwork.db.migrations.plan import Table

_ID = "UUID PRIMARY KEY DEFAULT gen_random_uuid()"
_NUMBER = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_SOURCE = 'TEXT COLLATE "C" PRIMARY KEY'
_PERSON = "UUID NOT NULL REFERENCES {support}.user_profiles(id)"
_COURSE = "UUID NOT NULL REFERENCES {support}.courses(id)"
_ENROLLMENT = "UUID NOT NULL REFERENCES {support}.student_enrollments(id)"
_INTERVENTION = "UUID NOT NULL REFERENCES {support}.student_interventions(id) ON DELETE CASCADE"
_MOMENT = "TIMESTAMPTZ NOT NULL DEFAULT now()"
_COUNT = "INTEGER NOT NULL DEFAULT 0"
_TEXTS = "TEXT[] NOT NULL DEFAULT '{}'"
_FIGURES = "JSONB NOT NULL DEFAULT '{}'"

#: What a team's own tables may lack, and is given to them.
_OF_PROFILES = {"email": "TEXT", "name": "TEXT", "time_zone": "TEXT"}
_OF_COURSES = {
    "title": "TEXT",
    "owner_id": "UUID REFERENCES {support}.user_profiles(id) ON DELETE SET NULL",
    "excluded": "BOOLEAN NOT NULL DEFAULT false",
}
_OF_ENROLLMENTS = {
    "is_at_risk": "BOOLEAN NOT NULL DEFAULT false",
    "at_risk_since": "TIMESTAMPTZ",
    "risk_level": "TEXT",
    "risk_reasons": _TEXTS,
    "paused_from": "TIMESTAMPTZ",
    "paused_until": "TIMESTAMPTZ",
    "ends_at": "TIMESTAMPTZ",
}
_OF_INTERVENTIONS = {
    "detected_level": "TEXT",
    "figures": _FIGURES,
    "raised_at": "TIMESTAMPTZ",
    "cleared_at": "TIMESTAMPTZ",
    "snoozed_until": "TIMESTAMPTZ",
    "contacted_at": "TIMESTAMPTZ",
    "contacted_by": "UUID REFERENCES {support}.user_profiles(id)",
    "escalated_at": "TIMESTAMPTZ",
    "escalated_to": "UUID REFERENCES {support}.user_profiles(id)",
    "escalation_reason": "TEXT",
    "dismissed_at": "TIMESTAMPTZ",
}


def _input(moment: str, **more: str) -> Table:
    return Table(
        {
            "source_id": _SOURCE,
            "enrollment_id": f"{_ENROLLMENT} ON DELETE CASCADE",
            **more,
            moment: "TIMESTAMPTZ NOT NULL",
            "noted_at": _MOMENT,
        },
    )


TABLES = {
    "user_profiles": Table({"id": _ID, **_OF_PROFILES}, late=frozenset(_OF_PROFILES)),
    "courses": Table({"id": _ID, **_OF_COURSES}, late=frozenset(_OF_COURSES)),
    "student_enrollments": Table(
        {
            "id": _ID,
            "user_id": _PERSON,
            "course_id": _COURSE,
            "status": "TEXT NOT NULL DEFAULT 'active'",
            "enrolled_at": _MOMENT,
            "completion_percentage": "NUMERIC NOT NULL DEFAULT 0",
            **_OF_ENROLLMENTS,
        },
        late=frozenset(_OF_ENROLLMENTS),
    ),
    "student_interventions": Table(
        {
            "id": _ID,
            "student_id": _PERSON,
            "enrollment_id": _ENROLLMENT,
            "course_id": _COURSE,
            "risk_level": "TEXT NOT NULL",
            "risk_reasons": "TEXT[] NOT NULL",
            "intervention_type": "TEXT",
            "assigned_trainer_id": "UUID REFERENCES {support}.user_profiles(id)",
            "assigned_at": "TIMESTAMPTZ",
            "status": "TEXT NOT NULL DEFAULT 'pending'",
            "notes": "TEXT",
            "trainer_notes": "TEXT",
            "resolution_notes": "TEXT",
            "outcome": "TEXT",
            "created_at": "TIMESTAMPTZ DEFAULT now()",
            "updated_at": "TIMESTAMPTZ DEFAULT now()",
            "resolved_at": "TIMESTAMPTZ",
            "deleted_at": "TIMESTAMPTZ",
            **_OF_INTERVENTIONS,
        },
        late=frozenset(_OF_INTERVENTIONS),
    ),
    "quiz_attempts": _input("submitted_at", passed="BOOLEAN NOT NULL", score="NUMERIC"),
    "topic_completions": _input("completed_at"),
    "escalations": _input("escalated_at"),
    "trainers": Table(
        {
            "id": "UUID PRIMARY KEY REFERENCES {support}.user_profiles(id) ON DELETE CASCADE",
            "name": "TEXT",
            "email": "TEXT",
            "courses": "UUID[] NOT NULL DEFAULT '{}'",
            "capacity": "INTEGER NOT NULL DEFAULT 20",
            "away_until": "TIMESTAMPTZ",
        },
    ),
    "decisions": Table(
        {
            "id": _NUMBER,
            "enrollment_id": f"{_ENROLLMENT} ON DELETE CASCADE",
            "intervention_id": _INTERVENTION.replace("NOT NULL ", ""),
            "at": _MOMENT,
            "kind": "TEXT NOT NULL",
            "reason": "TEXT NOT NULL",
            "level": "TEXT",
            "reasons": _TEXTS,
            "figures": _FIGURES,
        },
    ),
    "notices": Table(
        {
            "intervention_id": _INTERVENTION,
            "kind": "TEXT NOT NULL",
            "person_id": "UUID REFERENCES {support}.user_profiles(id) ON DELETE SET NULL",
            "letter_key": "TEXT",
            "at": _MOMENT,
        },
        rules=("PRIMARY KEY (intervention_id, kind)",),
    ),
    "inactivity_spells": Table(
        {
            "enrollment_id": f"{_ENROLLMENT} ON DELETE CASCADE",
            "since": "TIMESTAMPTZ NOT NULL",
            "letter_key": "TEXT",
            "at": _MOMENT,
        },
        rules=("PRIMARY KEY (enrollment_id, since)",),
    ),
    "effect_checks": Table(
        {
            "intervention_id": _INTERVENTION,
            "days": "SMALLINT NOT NULL",
            "at": _MOMENT,
            "verdict": "TEXT NOT NULL",
            "level": "TEXT",
            "reasons": _TEXTS,
            "figures": _FIGURES,
        },
        rules=("PRIMARY KEY (intervention_id, days)",),
    ),
    "risk_days": Table(
        {
            "day": "DATE NOT NULL",
            "course_id": f"{_COURSE} ON DELETE CASCADE",
            "risk_level": "TEXT NOT NULL",
            **dict.fromkeys(
                (
                    *("found", "assigned", "assigned_in_time", "escalated"),
                    *("resolved", "improved", "false_positives"),
                ),
                _COUNT,
            ),
            "counted_at": _MOMENT,
        },
        rules=("PRIMARY KEY (day, course_id, risk_level)",),
    ),
    "rule_days": Table(
        {
            "day": "DATE NOT NULL",
            "reason": "TEXT NOT NULL",
            **dict.fromkeys(("found", "improved", "false_positives"), _COUNT),
            "counted_at": _MOMENT,
        },
        rules=("PRIMARY KEY (day, reason)",),
    ),
}
