"""Courses, modules and lessons, as learncraft.md draws them; reviews and what operators did are ours."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import ID, STAMPED, USER
from bellwork.db.migrations.plan import Table

CATALOGUE = {
    "courses": Table(
        {
            "id": ID,
            "instructor_id": USER,
            "title": "VARCHAR(255) NOT NULL",
            "slug": "VARCHAR(255) NOT NULL UNIQUE",
            "short_description": "VARCHAR(500)",
            "description": "TEXT",
            "category": "{courses}.course_category NOT NULL",
            "skill_level": "{courses}.skill_level NOT NULL",
            "status": "{courses}.course_status NOT NULL DEFAULT 'draft'",
            "thumbnail_url": "VARCHAR(500)",
            "preview_video_url": "VARCHAR(500)",
            "duration_minutes": "INTEGER NOT NULL DEFAULT 0",
            "price": "DECIMAL(10, 2) NOT NULL DEFAULT 0.00",
            "is_featured": "BOOLEAN NOT NULL DEFAULT false",
            "rating_average": "DECIMAL(3, 2) DEFAULT 0.00",
            "rating_count": "INTEGER DEFAULT 0",
            "enrollment_count": "INTEGER DEFAULT 0",
            "published_at": "TIMESTAMPTZ",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
    ),
    "modules": Table(
        {
            "id": ID,
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id) ON DELETE CASCADE",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "order_index": "INTEGER NOT NULL",
            **STAMPED,
        },
    ),
    "lessons": Table(
        {
            "id": ID,
            "module_id": "UUID NOT NULL REFERENCES {courses}.modules(id) ON DELETE CASCADE",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "lesson_type": "{courses}.lesson_type NOT NULL",
            "order_index": "INTEGER NOT NULL",
            "duration_minutes": "INTEGER NOT NULL DEFAULT 0",
            "is_free": "BOOLEAN NOT NULL DEFAULT false",
            **STAMPED,
        },
    ),
    "course_reviews": Table(
        {
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id) ON DELETE CASCADE",
            "version": "INTEGER NOT NULL",
            "state": "TEXT NOT NULL DEFAULT 'submitted'",
            "submitted_by": "UUID REFERENCES {courses}.users(id)",
            "submitted_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "missing": "JSONB NOT NULL DEFAULT '[]'",
            "decided_by": "UUID REFERENCES {courses}.users(id)",
            "decided_at": "TIMESTAMPTZ",
            "why": "TEXT",
        },
        rules=("PRIMARY KEY (course_id, version)",),
    ),
    "audit_records": Table(
        {
            "id": ID,
            "course_id": "UUID NOT NULL REFERENCES {courses}.courses(id) ON DELETE CASCADE",
            "operator": "TEXT NOT NULL",
            "act": "TEXT NOT NULL",
            "details": "JSONB NOT NULL DEFAULT '{}'",
            "at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
    ),
}
