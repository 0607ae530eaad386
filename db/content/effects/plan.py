"""What the fifth revision builds: sums of content, what a student did of a topic, what became of feedback."""

from __future__ import annotations

from bellwork.db.content.effects.functions import FUNCTIONS
from bellwork.db.content.plan.tables import TABLES as DOCUMENT
from bellwork.db.migrations.plan import Plan, Table

_STUDENT = "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE"
OUTCOMES = ("requested", "held", "completed", "flagged", "rated", "refused", "earlier", "failed")
TABLES = {
    "feedback": DOCUMENT["feedback"],
    "content_counts": Table(
        {
            "content_id": "VARCHAR(50) PRIMARY KEY REFERENCES {content}.generated_content(id) ON DELETE CASCADE",
            "views": "BIGINT NOT NULL",
            "completions": "BIGINT NOT NULL",
            "ratings": "BIGINT NOT NULL",
            "stars": "BIGINT NOT NULL",
        },
    ),
    "topic_engagement": Table(
        {
            "student_id": _STUDENT,
            "topic_id": "VARCHAR(100) NOT NULL REFERENCES {content}.topics(id) ON DELETE CASCADE",
            "wishes": "INTEGER NOT NULL DEFAULT 0",
            "stretches": "TSTZMULTIRANGE NOT NULL DEFAULT '{}'",
            "earlier_seconds": "NUMERIC NOT NULL DEFAULT 0",
        },
        rules=("PRIMARY KEY (student_id, topic_id)",),
    ),
    "feedback_effects": Table(
        {
            "feedback_id": "VARCHAR(50) PRIMARY KEY REFERENCES {content}.feedback(id) ON DELETE CASCADE",
            "student_id": _STUDENT,
            "outcome": "VARCHAR(20) NOT NULL",
            "reason": "TEXT",
            "at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
    ),
}
INDEXES = {
    "topic_engagement": {"idx_topic_engagement_topic": "(topic_id)"},
    "feedback_effects": {
        "idx_feedback_effects_student": "(student_id)",
        "idx_feedback_effects_requested": "(student_id, at) WHERE outcome = 'requested'",
    },
}
CHECKS = {
    "content_counts": {"content_counts_stars_check": "stars BETWEEN ratings AND 5 * ratings"},
    "feedback_effects": {
        "feedback_effects_outcome_check": "outcome IN ({})".format(", ".join(f"'{each}'" for each in OUTCOMES)),
        "feedback_effects_reason_check": (
            "reason IS NOT NULL OR outcome NOT IN ('held', 'refused', 'earlier', 'failed')"
        ),
    },
}
TRIGGERS = {
    "feedback": {
        "note_inserted": "AFTER INSERT ON {content}.feedback REFERENCING NEW TABLE AS new_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION {content}.note_inserted_feedback()"
    }
}
EFFECTS = Plan(
    system="content",
    revision="0005",
    document="vividly.md",
    types={},
    functions=FUNCTIONS,
    tables=TABLES,
    indexes=INDEXES,
    checks=CHECKS,
    triggers=TRIGGERS,
)
