"""Tables and indexes for the learner's numbers, beside those of study_companion.md."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table

_STUDENT = "REFERENCES {companion}.users(id) ON DELETE CASCADE"
TABLES = {
    "learner_days": Table({"student_id": f"UUID PRIMARY KEY {_STUDENT}", "day": "DATE NOT NULL"}),
    "practice_sets": Table(
        {
            "student_id": f"UUID NOT NULL {_STUDENT}",
            "request_id": "VARCHAR(100) NOT NULL CHECK (request_id <> '')",
            "subject_id": "UUID NOT NULL REFERENCES {companion}.subjects(id)",
            "wanted": "SMALLINT NOT NULL CHECK (wanted BETWEEN 1 AND 50)",
            "state": (
                "VARCHAR(20) NOT NULL DEFAULT 'pending'"
                " CHECK (state IN ('pending', 'processing', 'completed', 'failed'))"
            ),
            "reason": "TEXT",
            "created_at": "TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP",
            "completed_at": "TIMESTAMPTZ",
            "help_told_at": "TIMESTAMPTZ",
        },
        rules=("PRIMARY KEY (student_id, request_id)",),
    ),
    "practice_set_items": Table(
        {
            "assignment_id": "UUID PRIMARY KEY REFERENCES {companion}.practice_assignments(id) ON DELETE CASCADE",
            "student_id": "UUID NOT NULL",
            "request_id": "VARCHAR(100) NOT NULL",
            "place": "SMALLINT NOT NULL CHECK (place >= 1)",
        },
        rules=(
            "UNIQUE (student_id, request_id, place)",
            "FOREIGN KEY (student_id, request_id) REFERENCES {companion}.practice_sets ON DELETE CASCADE",
        ),
    ),
    "fallback_summaries": Table(
        {
            "summary_id": "UUID PRIMARY KEY REFERENCES {companion}.summaries(id) ON DELETE CASCADE",
            "reason": "TEXT NOT NULL",
            "since": "TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP",
            "tried_at": "TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP",
        },
    ),
}
#: A learner's own rows, without a look at anybody else's; and the items that are tagged with a goal.
INDEXES = {
    "practice_sets": {"idx_practice_sets_request": "(request_id)"},
    "practice_assignments": {
        "idx_pa_done": "(student_id, subject_id, completed_at) WHERE completed",
        "idx_pa_done_at": "(student_id, completed_at) WHERE completed",
        "idx_pa_done_tags": "USING GIN (goal_tags) WITH (fastupdate = off) WHERE completed",
    },
    "sessions": {"idx_sessions_student_subject": "(student_id, subject_id, session_date)"},
    "qa_interactions": {"idx_qa_student_confidence": "(student_id, confidence)"},
    "nudges": {"idx_nudges_user_answers": "(user_id) INCLUDE (opened_at, clicked_at)"},
}

VIEWS = {
    # How far each practice set is, for whoever waits for it.
    "practice_progress": """
        SELECT s.student_id, s.request_id, s.subject_id, s.state, s.wanted,
               (SELECT count(*) FROM {companion}.practice_set_items i
                WHERE i.student_id = s.student_id AND i.request_id = s.request_id) AS made,
               s.reason, s.created_at, s.completed_at
        FROM {companion}.practice_sets s
    """,
}

NUMBERS = Plan(
    system="companion",
    revision="0002",
    document="study_companion.md",
    types={},
    functions={},
    tables=TABLES,
    indexes=INDEXES,
    checks={},
    triggers={},
    views=VIEWS,
)
