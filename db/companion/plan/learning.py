"""Goals, sessions and their summaries, questions and what was overridden, as study_companion.md draws them."""

from __future__ import annotations

from bellwork.db.companion.plan.stamps import CREATED, ID, OVERRIDDEN, STAMPED, STUDENT, SUBJECT
from bellwork.db.migrations.plan import Table

GOALS = {
    "goals": Table(
        {
            "id": ID,
            "student_id": STUDENT,
            "created_by": "UUID NOT NULL REFERENCES {companion}.users(id)",
            "subject_id": SUBJECT,
            "goal_type": "VARCHAR(50)",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "target_completion_date": "DATE",
            "status": ("VARCHAR(20) DEFAULT 'active' CHECK (status IN ('active', 'completed', 'paused', 'cancelled'))"),
            "completion_percentage": (
                "DECIMAL(5,2) DEFAULT 0.00 CHECK (completion_percentage >= 0 AND completion_percentage <= 100)"
            ),
            "current_streak": "INTEGER DEFAULT 0",
            "xp_earned": "INTEGER DEFAULT 0",
            **STAMPED,
            "completed_at": "TIMESTAMPTZ",
        },
    ),
}
SESSIONS = {
    "sessions": Table(
        {
            "id": ID,
            "student_id": STUDENT,
            "tutor_id": "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE",
            "session_date": "TIMESTAMPTZ NOT NULL",
            "duration_minutes": "INTEGER",
            "subject_id": SUBJECT,
            "transcript_text": "TEXT",
            "transcript_storage_url": "VARCHAR(500)",
            "transcript_available": "BOOLEAN DEFAULT TRUE",
            "topics_covered": "TEXT[]",
            "notes": "TEXT",
            **STAMPED,
        },
    ),
    "summaries": Table(
        {
            "id": ID,
            "session_id": "UUID NOT NULL REFERENCES {companion}.sessions(id) ON DELETE CASCADE",
            "student_id": STUDENT,
            "tutor_id": "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE",
            "narrative": "TEXT NOT NULL",
            "next_steps": "TEXT[] NOT NULL",
            "subjects_covered": "TEXT[]",
            "summary_type": "VARCHAR(50)",
            **OVERRIDDEN,
            **STAMPED,
        },
    ),
}
QUESTIONS = {
    "qa_interactions": Table(
        {
            "id": ID,
            "student_id": STUDENT,
            "query": "TEXT NOT NULL",
            "answer": "TEXT NOT NULL",
            "confidence": "VARCHAR(10) NOT NULL CHECK (confidence IN ('High', 'Medium', 'Low'))",
            "confidence_score": "DECIMAL(3,2)",
            "context_subjects": "TEXT[]",
            "clarification_requested": "BOOLEAN DEFAULT FALSE",
            "out_of_scope": "BOOLEAN DEFAULT FALSE",
            "tutor_escalation_suggested": "BOOLEAN DEFAULT FALSE",
            "escalated_to_tutor_id": "UUID REFERENCES {companion}.users(id) ON DELETE SET NULL",
            "disclaimer_shown": "BOOLEAN DEFAULT TRUE",
            # The document lets an answer be overridden, and has no place to say that it was.
            **OVERRIDDEN,
            **CREATED,
        },
        late=frozenset(OVERRIDDEN),
    ),
}
OVERRIDES = {
    "overrides": Table(
        {
            "id": ID,
            "tutor_id": "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE",
            "student_id": STUDENT,
            "override_type": "VARCHAR(50) NOT NULL",
            "action": "TEXT NOT NULL",
            "summary_id": "UUID REFERENCES {companion}.summaries(id)",
            "practice_assignment_id": "UUID REFERENCES {companion}.practice_assignments(id)",
            "qa_interaction_id": "UUID REFERENCES {companion}.qa_interactions(id)",
            "original_content": "JSONB",
            "new_content": "JSONB",
            "reason": "TEXT",
            "subject_id": SUBJECT,
            "difficulty_level": "INTEGER",
            **CREATED,
        },
    ),
}
