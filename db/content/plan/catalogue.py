"""Topics and interests, as vividly.md draws them."""

from __future__ import annotations

from bellwork.db.content.plan.stamps import STAMPED
from bellwork.db.migrations.plan import Table

CATALOGUE = {
    "topics": Table(
        {
            "id": "VARCHAR(100) PRIMARY KEY",
            "parent_id": "VARCHAR(100) REFERENCES {content}.topics(id) ON DELETE RESTRICT",
            "path": "VARCHAR(500)",
            "depth": "INTEGER NOT NULL DEFAULT 0",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "subject": "VARCHAR(50) NOT NULL",
            "grade_level_min": "INTEGER",
            "grade_level_max": "INTEGER",
            "display_order": "INTEGER DEFAULT 0",
            "is_active": "BOOLEAN DEFAULT true",
            "metadata": "JSONB DEFAULT '{}'",
            **STAMPED,
        },
    ),
    "interests": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "name": "VARCHAR(100) NOT NULL UNIQUE",
            "description": "TEXT",
            "category": "VARCHAR(50)",
            "icon_url": "VARCHAR(500)",
            "is_active": "BOOLEAN DEFAULT true",
            "display_order": "INTEGER DEFAULT 0",
            "metadata": "JSONB DEFAULT '{}'",
            **STAMPED,
        },
    ),
    "student_interests": Table(
        {
            "id": "SERIAL PRIMARY KEY",
            "student_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "interest_id": "VARCHAR(50) NOT NULL REFERENCES {content}.interests(id) ON DELETE CASCADE",
            "rank": "INTEGER NOT NULL",
            **STAMPED,
        },
        rules=("UNIQUE(student_id, interest_id)", "UNIQUE(student_id, rank)", "CHECK (rank > 0 AND rank <= 10)"),
    ),
}
