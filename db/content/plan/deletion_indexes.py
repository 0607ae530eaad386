"""What the first revision builds beside the document: without these indexes a deletion reads whole tables."""

from __future__ import annotations

from bellwork.db.content.plan.tables import TABLES
from bellwork.db.migrations.plan import Plan

#: The document's own indexes on most of these columns leave out what is soft-deleted, which a hard delete must find:
#: PostgreSQL looks through every table that refers to a user, for each user that is deleted.
INDEXES = {
    "users": {"idx_users_leaving": "(org_id, id)"},
    "classes": {"idx_classes_leaving_teacher": "(teacher_id)", "idx_classes_leaving_school": "(school_id)"},
    "class_students": {"idx_class_students_leaving": "(student_id)"},
    "student_account_requests": {
        "idx_account_requests_class": "(class_id)",
        "idx_account_requests_reviewer": "(reviewed_by) WHERE reviewed_by IS NOT NULL",
        "idx_account_requests_created_user": "(created_user_id) WHERE created_user_id IS NOT NULL",
    },
    "bulk_upload_jobs": {"idx_bulk_upload_jobs_school": "(school_id)"},
    "feedback": {"idx_feedback_retention": "(created_at)"},
}
DELETION_INDEXES = Plan(
    system="content",
    revision="0001",
    document="vividly.md",
    types={},
    functions={},
    tables={name: TABLES[name] for name in INDEXES},
    indexes=INDEXES,
    checks={},
    triggers={},
)
