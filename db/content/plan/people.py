"""Organizations, their people and classes, as vividly.md draws them."""

from __future__ import annotations

from bellwork.db.content.plan.stamps import STAMPED
from bellwork.db.migrations.plan import Table

PEOPLE = {
    "organizations": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "name": "VARCHAR(255) NOT NULL",
            "org_type": "{content}.organization_type NOT NULL",
            "parent_id": "VARCHAR(50) REFERENCES {content}.organizations(id) ON DELETE RESTRICT",
            "address": "TEXT",
            "city": "VARCHAR(100)",
            "state": "VARCHAR(2)",
            "zip_code": "VARCHAR(10)",
            "phone": "VARCHAR(20)",
            "metadata": "JSONB DEFAULT '{}'",
            "is_active": "BOOLEAN DEFAULT true",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
        rules=(
            "CHECK ((org_type = 'district' AND parent_id IS NULL) OR (org_type = 'school' AND parent_id IS NOT NULL))",
        ),
    ),
    "users": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "email": "VARCHAR(255) UNIQUE NOT NULL",
            "password_hash": "VARCHAR(255) NOT NULL",
            "email_verified": "BOOLEAN DEFAULT false",
            "first_name": "VARCHAR(100) NOT NULL",
            "last_name": "VARCHAR(100) NOT NULL",
            "role": "{content}.user_role NOT NULL",
            "org_id": "VARCHAR(50) NOT NULL REFERENCES {content}.organizations(id) ON DELETE RESTRICT",
            "student_id": "VARCHAR(50)",
            "grade_level": "INTEGER",
            "is_active": "BOOLEAN DEFAULT true",
            "last_login_at": "TIMESTAMPTZ",
            "reset_token": "VARCHAR(255)",
            "reset_token_expires_at": "TIMESTAMPTZ",
            "metadata": "JSONB DEFAULT '{}'",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
        rules=(
            "CHECK ((role = 'student' AND grade_level IS NOT NULL) OR (role != 'student' AND grade_level IS NULL))",
        ),
    ),
    "classes": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "name": "VARCHAR(255) NOT NULL",
            "subject": "VARCHAR(100)",
            "grade_level": "INTEGER",
            "school_year": "VARCHAR(20)",
            "teacher_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE RESTRICT",
            "school_id": "VARCHAR(50) NOT NULL REFERENCES {content}.organizations(id) ON DELETE RESTRICT",
            "invite_code": "VARCHAR(20) UNIQUE",
            "is_active": "BOOLEAN DEFAULT true",
            "metadata": "JSONB DEFAULT '{}'",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
        rules=("CHECK (grade_level BETWEEN 9 AND 12)",),
    ),
    "class_students": Table(
        {
            "id": "SERIAL PRIMARY KEY",
            "class_id": "VARCHAR(50) NOT NULL REFERENCES {content}.classes(id) ON DELETE CASCADE",
            "student_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "enrolled_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP",
            "dropped_at": "TIMESTAMPTZ",
        },
        rules=("UNIQUE(class_id, student_id)",),
    ),
}
