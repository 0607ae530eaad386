"""Users, subjects, and who teaches whom, as study_companion.md draws them."""

from __future__ import annotations

from bellwork.db.companion.plan.stamps import CREATED, ID, STAMPED
from bellwork.db.migrations.plan import Table

PEOPLE = {
    "users": Table(
        {
            "id": ID,
            "cognito_sub": "VARCHAR(255) UNIQUE NOT NULL",
            "email": "VARCHAR(255) UNIQUE NOT NULL",
            "role": "VARCHAR(20) NOT NULL CHECK (role IN ('student', 'tutor', 'parent', 'admin'))",
            "profile": "JSONB DEFAULT '{}'",
            "gamification": "JSONB DEFAULT '{}'",
            "analytics": "JSONB DEFAULT '{}'",
            "disclaimer_shown": "BOOLEAN DEFAULT FALSE",
            **STAMPED,
        },
    ),
    "subjects": Table(
        {
            "id": ID,
            "name": "VARCHAR(100) NOT NULL",
            "category": "VARCHAR(50)",
            "description": "TEXT",
            "related_subjects": "UUID[]",
            **CREATED,
        },
    ),
    # The document's primary key holds a subject that it calls optional, and no column of a primary key may be empty.
    "tutor_student_assignments": Table(
        {
            "id": "UUID NOT NULL DEFAULT gen_random_uuid()",
            "tutor_id": "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE",
            "student_id": "UUID NOT NULL REFERENCES {companion}.users(id) ON DELETE CASCADE",
            "subject_id": "UUID REFERENCES {companion}.subjects(id)",
            "assigned_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP",
            "status": "VARCHAR(20) DEFAULT 'active' CHECK (status IN ('active', 'paused', 'completed'))",
            "notes": "TEXT",
            "start_date": "DATE",
            "end_date": "DATE",
        },
        rules=("PRIMARY KEY (id)", "UNIQUE NULLS NOT DISTINCT (tutor_id, student_id, subject_id)"),
        late=frozenset({"id"}),
    ),
}
