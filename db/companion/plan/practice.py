"""The practice bank, what was assigned from it or made for a student, and ratings, as study_companion.md draws them."""

from __future__ import annotations

from bellwork.db.companion.plan.stamps import CREATED, DIFFICULTY, ID, OVERRIDDEN, STAMPED, STUDENT, SUBJECT
from bellwork.db.migrations.plan import Table

PRACTICE = {
    "practice_bank_items": Table(
        {
            "id": ID,
            "question_text": "TEXT NOT NULL",
            "answer_text": "TEXT NOT NULL",
            "explanation": "TEXT",
            "subject_id": "UUID NOT NULL REFERENCES {companion}.subjects(id)",
            "difficulty_level": f"INTEGER NOT NULL {DIFFICULTY}",
            "goal_tags": "TEXT[]",
            "topic_tags": "TEXT[]",
            "created_by": "UUID REFERENCES {companion}.users(id) ON DELETE SET NULL",
            "version": "INTEGER DEFAULT 1",
            "is_active": "BOOLEAN DEFAULT TRUE",
            **STAMPED,
        },
    ),
    "practice_assignments": Table(
        {
            "id": ID,
            "student_id": STUDENT,
            "source": "VARCHAR(20) NOT NULL CHECK (source IN ('bank', 'ai_generated'))",
            "bank_item_id": "UUID REFERENCES {companion}.practice_bank_items(id)",
            "ai_question_text": "TEXT",
            "ai_answer_text": "TEXT",
            "ai_explanation": "TEXT",
            "flagged": "BOOLEAN DEFAULT FALSE",
            "subject_id": SUBJECT,
            "difficulty_level": f"INTEGER {DIFFICULTY}",
            "goal_tags": "TEXT[]",
            "student_rating_before": "INTEGER",
            "student_rating_after": "INTEGER",
            "performance_score": "DECIMAL(3,2)",
            "completed": "BOOLEAN DEFAULT FALSE",
            "completed_at": "TIMESTAMPTZ",
            **OVERRIDDEN,
            "assigned_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP",
            **CREATED,
        },
    ),
    "student_ratings": Table(
        {
            "id": ID,
            "student_id": STUDENT,
            "subject_id": "UUID NOT NULL REFERENCES {companion}.subjects(id)",
            "rating": "INTEGER DEFAULT 1000",
            "last_updated": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP",
        },
        rules=("UNIQUE (student_id, subject_id)",),
    ),
}
