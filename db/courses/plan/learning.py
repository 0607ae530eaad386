"""Enrollments, progress and certificates, as learncraft.md draws them; issues and days are ours."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import CREATED, ID, STAMPED, USER
from bellwork.db.migrations.plan import Table

LEARNING = {
    "enrollments": Table(
        {
            "id": ID,
            "user_id": USER,
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id)",
            "status": "{courses}.enrollment_status NOT NULL DEFAULT 'active'",
            "price_paid": "DECIMAL(10, 2) NOT NULL DEFAULT 0.00",
            "payment_id": "VARCHAR(100)",
            "enrolled_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "completed_at": "TIMESTAMPTZ",
            "expires_at": "TIMESTAMPTZ",
            **STAMPED,
        },
        rules=("UNIQUE (user_id, course_id)",),
    ),
    "course_progress": Table(
        {
            "id": ID,
            "enrollment_id": "UUID NOT NULL REFERENCES {courses}.enrollments(id) ON DELETE CASCADE",
            "completed_lessons": "INTEGER NOT NULL DEFAULT 0",
            "total_lessons": "INTEGER NOT NULL DEFAULT 0",
            "completed_labs": "INTEGER NOT NULL DEFAULT 0",
            "total_labs": "INTEGER NOT NULL DEFAULT 0",
            "time_spent_minutes": "INTEGER NOT NULL DEFAULT 0",
            "percent_complete": "DECIMAL(5, 2) NOT NULL DEFAULT 0.00",
            "last_accessed_at": "TIMESTAMPTZ",
            **STAMPED,
        },
    ),
    "lesson_progress": Table(
        {
            "id": ID,
            "user_id": USER,
            "lesson_id": "UUID NOT NULL REFERENCES {courses}.lessons(id)",
            "status": "{courses}.progress_status NOT NULL DEFAULT 'not_started'",
            "video_position_seconds": "INTEGER DEFAULT 0",
            "video_duration_seconds": "INTEGER DEFAULT 0",
            "video_completed": "BOOLEAN NOT NULL DEFAULT false",
            "lab_completed": "BOOLEAN NOT NULL DEFAULT false",
            "quiz_score": "INTEGER",
            "started_at": "TIMESTAMPTZ",
            "completed_at": "TIMESTAMPTZ",
            **STAMPED,
            "read_at": "TIMESTAMPTZ",
        },
        rules=("UNIQUE (user_id, lesson_id)",),
        late=frozenset({"read_at"}),
    ),
    "video_bookmarks": Table(
        {
            "id": ID,
            "user_id": USER,
            "video_id": "UUID NOT NULL REFERENCES {courses}.videos(id)",
            "position_seconds": "INTEGER NOT NULL",
            "note": "TEXT",
            **CREATED,
        },
    ),
    "certificates": Table(
        {
            "id": ID,
            "user_id": USER,
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id)",
            "certificate_number": "VARCHAR(50) NOT NULL UNIQUE",
            "title": "VARCHAR(255) NOT NULL",
            "pdf_url": "VARCHAR(500)",
            "verification_url": "VARCHAR(500)",
            "issued_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            **CREATED,
        },
        rules=("UNIQUE (user_id, course_id)",),
    ),
    "certificate_issues": Table(
        {
            "serial": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "certificate_id": "UUID NOT NULL",
            "certificate_number": "VARCHAR(50) NOT NULL",
            "user_id": USER,
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id)",
            "issue_no": "INTEGER NOT NULL",
            "taken_at": "TIMESTAMPTZ NOT NULL DEFAULT date_trunc('second', now())",
            "settled_at": "TIMESTAMPTZ",
            "holder": "VARCHAR(255)",
            "pdf_url": "VARCHAR(500)",
            "credential_url": "VARCHAR(500)",
            "revoked_at": "TIMESTAMPTZ",
            "revoked_why": "TEXT",
        },
        rules=("UNIQUE (user_id, course_id, issue_no)",),
    ),
    "learner_days": Table(
        {
            "user_id": USER,
            "day": "DATE NOT NULL",
            "seconds": "INTEGER NOT NULL DEFAULT 0",
            "lessons": "INTEGER NOT NULL DEFAULT 0",
            "quizzes": "INTEGER NOT NULL DEFAULT 0",
        },
        rules=("PRIMARY KEY (user_id, day)",),
    ),
}
