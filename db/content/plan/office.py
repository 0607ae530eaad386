"""The school office's paperwork, as vividly.md draws it, with an audit trail that can be dropped by the month."""

from __future__ import annotations

from bellwork.db.content.plan.stamps import STAMPED
from bellwork.db.migrations.plan import Table

OFFICE = {
    "student_account_requests": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "teacher_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "first_name": "VARCHAR(100) NOT NULL",
            "last_name": "VARCHAR(100) NOT NULL",
            "email": "VARCHAR(255) NOT NULL",
            "grade_level": "INTEGER NOT NULL",
            "student_id": "VARCHAR(50)",
            "class_id": "VARCHAR(50) NOT NULL REFERENCES {content}.classes(id) ON DELETE CASCADE",
            "justification": "TEXT",
            "status": "{content}.account_request_status NOT NULL DEFAULT 'pending'",
            "reviewed_by": "VARCHAR(50) REFERENCES {content}.users(id) ON DELETE SET NULL",
            "reviewed_at": "TIMESTAMPTZ",
            "review_notes": "TEXT",
            "created_user_id": "VARCHAR(50) REFERENCES {content}.users(id) ON DELETE SET NULL",
            **STAMPED,
        },
    ),
    "bulk_upload_jobs": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "uploaded_by": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "school_id": "VARCHAR(50) NOT NULL REFERENCES {content}.organizations(id) ON DELETE CASCADE",
            "file_path": "VARCHAR(500) NOT NULL",
            "total_rows": "INTEGER",
            "status": "{content}.job_status NOT NULL DEFAULT 'queued'",
            "successful_count": "INTEGER DEFAULT 0",
            "failed_count": "INTEGER DEFAULT 0",
            "error_log": "JSONB DEFAULT '[]'",
            "started_at": "TIMESTAMPTZ",
            "completed_at": "TIMESTAMPTZ",
            **STAMPED,
        },
    ),
    "audit_logs": Table(
        {
            "id": "BIGSERIAL",
            "user_id": "VARCHAR(50) REFERENCES {content}.users(id) ON DELETE SET NULL",
            "user_role": "{content}.user_role",
            "action": "VARCHAR(100) NOT NULL",
            "resource_type": "VARCHAR(50)",
            "resource_id": "VARCHAR(50)",
            "ip_address": "INET",
            "user_agent": "TEXT",
            "metadata": "JSONB DEFAULT '{}'",
            "created_at": "TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP NOT NULL",
        },
        rules=("PRIMARY KEY (id, created_at)",),
        suffix="PARTITION BY RANGE (created_at)",
    ),
}
