"""Labs and the sessions in them, as learncraft.md draws them; the containers are ours."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import ID, STAMPED, USER
from bellwork.db.migrations.plan import Table

LABS = {
    "lab_templates": Table(
        {
            "id": ID,
            "name": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "base_image": "VARCHAR(255) NOT NULL",
            "tech_stack": "{courses}.tech_stack NOT NULL",
            "init_script": "TEXT",
            "resource_limits": 'JSONB NOT NULL DEFAULT \'{"cpu": "0.5", "memory": "512Mi", "storage": "1Gi"}\'',
            "ports": "INTEGER[] DEFAULT ARRAY[8080]",
            "environment_vars": "JSONB DEFAULT '{}'",
            "is_active": "BOOLEAN NOT NULL DEFAULT true",
            **STAMPED,
        },
    ),
    "labs": Table(
        {
            "id": ID,
            "lesson_id": "UUID NOT NULL REFERENCES {courses}.lessons(id) ON DELETE CASCADE",
            "template_id": "UUID NOT NULL REFERENCES {courses}.lab_templates(id)",
            "title": "VARCHAR(255) NOT NULL",
            "description": "TEXT",
            "duration_minutes": "INTEGER NOT NULL DEFAULT 60",
            "difficulty": "{courses}.lab_difficulty NOT NULL DEFAULT 'medium'",
            "instructions": "TEXT NOT NULL",
            "success_criteria": "JSONB NOT NULL",
            "starter_files": "JSONB",
            "solution_files": "JSONB",
            **STAMPED,
        },
    ),
    "lab_sessions": Table(
        {
            "id": ID,
            "lab_id": "UUID NOT NULL REFERENCES {courses}.labs(id)",
            "user_id": USER,
            "status": "{courses}.session_status NOT NULL DEFAULT 'pending'",
            "container_id": "VARCHAR(100)",
            "pod_name": "VARCHAR(100)",
            "terminal_url": "VARCHAR(500)",
            "started_at": "TIMESTAMPTZ",
            "expires_at": "TIMESTAMPTZ",
            "completed_at": "TIMESTAMPTZ",
            "reset_count": "INTEGER NOT NULL DEFAULT 0",
            "validation_result": "JSONB",
            **STAMPED,
        },
    ),
    "lab_containers": Table(
        {
            "id": ID,
            "lab_session_id": "UUID NOT NULL REFERENCES {courses}.lab_sessions(id)",
            "reset_no": "INTEGER NOT NULL",
            "container_id": "TEXT NOT NULL UNIQUE",
            "host": "TEXT NOT NULL",
            "state": "TEXT NOT NULL DEFAULT 'asked'",
            "asked_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            "changed_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
        rules=("UNIQUE (lab_session_id, reset_no)",),
    ),
}
