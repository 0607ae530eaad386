"""Assessments, attempts and answers, as learncraft.md draws them."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import CREATED, ID, STAMPED, USER
from bellwork.db.migrations.plan import Table

ASSESSMENTS = {
    "assessments": Table(
        {
            "id": ID,
            "lesson_id": "UUID REFERENCES {courses}.lessons(id) ON DELETE CASCADE",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "assessment_type": "{courses}.assessment_type NOT NULL DEFAULT 'quiz'",
            "passing_score": "INTEGER NOT NULL DEFAULT 70",
            "time_limit_minutes": "INTEGER",
            "max_attempts": "INTEGER DEFAULT 3",
            "shuffle_questions": "BOOLEAN NOT NULL DEFAULT true",
            "show_answers_after": "BOOLEAN NOT NULL DEFAULT true",
            "is_proctored": "BOOLEAN NOT NULL DEFAULT false",
            **STAMPED,
        },
    ),
    "questions": Table(
        {
            "id": ID,
            "assessment_id": "UUID NOT NULL REFERENCES {courses}.assessments(id) ON DELETE CASCADE",
            "question_type": "{courses}.question_type NOT NULL",
            "content": "TEXT NOT NULL",
            "options": "JSONB",
            "correct_answer": "TEXT NOT NULL",
            "explanation": "TEXT",
            "points": "INTEGER NOT NULL DEFAULT 1",
            "order_index": "INTEGER NOT NULL",
            **STAMPED,
        },
    ),
    "assessment_attempts": Table(
        {
            "id": ID,
            "user_id": USER,
            "assessment_id": "UUID NOT NULL REFERENCES {courses}.assessments(id)",
            "status": "{courses}.attempt_status NOT NULL DEFAULT 'in_progress'",
            "score": "INTEGER",
            "total_points": "INTEGER",
            "percent_score": "DECIMAL(5, 2)",
            "is_passing": "BOOLEAN",
            "started_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "completed_at": "TIMESTAMPTZ",
            **CREATED,
        },
    ),
    "answers": Table(
        {
            "id": ID,
            "attempt_id": "UUID NOT NULL REFERENCES {courses}.assessment_attempts(id) ON DELETE CASCADE",
            "question_id": "UUID NOT NULL REFERENCES {courses}.questions(id)",
            "response": "TEXT",
            "is_correct": "BOOLEAN",
            "points_earned": "INTEGER NOT NULL DEFAULT 0",
            **CREATED,
            "ungraded_why": "TEXT",
        },
        late=frozenset({"ungraded_why"}),
    ),
}
