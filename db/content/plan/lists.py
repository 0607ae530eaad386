"""What a revision builds for class lists: what is asked of each, its rows meanwhile, invitations, what can be undone.

The two tables of rows are unlogged: a file is read anew after a crash of the server, and names and addresses leave
no copy in the write-ahead log.
"""

from __future__ import annotations

from bellwork.db.content.accounts.plan import TABLES as ACCOUNTS
from bellwork.db.content.plan.list_functions import LIST_FUNCTIONS
from bellwork.db.content.plan.tables import TABLES
from bellwork.db.migrations.plan import Plan, Table

_UPLOAD = "VARCHAR(50) PRIMARY KEY REFERENCES {content}.bulk_upload_jobs(id) ON DELETE CASCADE"
_USER = "REFERENCES {content}.users(id) ON DELETE CASCADE"
_FLAG = "BOOLEAN NOT NULL DEFAULT false"
_COUNT = "INTEGER NOT NULL DEFAULT 0"

_OURS = {
    "class_lists": Table(
        {
            "upload_id": _UPLOAD,
            "role": "{content}.user_role NOT NULL DEFAULT 'student'",
            "grade_level": "SMALLINT",
            "class_id": "VARCHAR(50) REFERENCES {content}.classes(id) ON DELETE SET NULL",
            "atomic": _FLAG,
            "dry_run": _FLAG,
            "leavers": _FLAG,
            "invite": "BOOLEAN NOT NULL DEFAULT true",
            "run": "TEXT",
            "stage": "TEXT NOT NULL DEFAULT 'waiting'",
            "format": "TEXT",
            "encoding": "TEXT",
            "delimiter": "TEXT",
            "warnings": "JSONB NOT NULL DEFAULT '[]'",
            "processed_rows": _COUNT,
            "written_rows": _COUNT,
            "created_count": _COUNT,
            "known_count": _COUNT,
            "place_count": _COUNT,
            "left_count": _COUNT,
            "reason": "TEXT",
            "errors_path": "TEXT NOT NULL DEFAULT ''",
            "cancelled_at": "TIMESTAMPTZ",
            "undo_asked_at": "TIMESTAMPTZ",
            "undone_at": "TIMESTAMPTZ",
            "undone_count": _COUNT,
        },
        rules=(
            "CONSTRAINT class_lists_role_check CHECK (role IN ('student', 'teacher'))",
            "CONSTRAINT class_lists_grade_level_check CHECK (grade_level BETWEEN 9 AND 12)",
        ),
    ),
    "listed_people": Table(
        {
            "upload_id": "VARCHAR(50) NOT NULL",
            "row_number": "INTEGER NOT NULL",
            "email": "VARCHAR(255)",
            "source_id": "TEXT",
            "student_id": "VARCHAR(50)",
            "first_name": "VARCHAR(100)",
            "last_name": "VARCHAR(100)",
            "role": "TEXT",
            "grade_level": "SMALLINT",
            "class_name": "TEXT",
            "leaves": _FLAG,
            "error": "TEXT",
        },
        rules=("PRIMARY KEY (upload_id, row_number)",),
    ),
    "listed_facts": Table(
        {
            "upload_id": "VARCHAR(50) NOT NULL",
            "kind": "TEXT NOT NULL",
            "number": "INTEGER NOT NULL",
            "source_id": "TEXT NOT NULL",
            "value": "TEXT NOT NULL",
        },
        rules=("PRIMARY KEY (upload_id, kind, number)",),
    ),
    "list_changes": Table(
        {
            "upload_id": "VARCHAR(50) NOT NULL REFERENCES {content}.bulk_upload_jobs(id) ON DELETE CASCADE",
            "user_id": f"VARCHAR(50) NOT NULL {_USER}",
            "what": "TEXT NOT NULL",
            "class_id": "VARCHAR(50) NOT NULL DEFAULT ''",
            "at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
        rules=(
            "PRIMARY KEY (upload_id, user_id, what, class_id)",
            "CONSTRAINT list_changes_what_check CHECK (what IN ('entered', 'returned', 'left', 'dropped'))",
        ),
    ),
}
LISTS = Plan(
    system="content",
    revision="0006",
    document="vividly.md",
    types={},
    functions=LIST_FUNCTIONS,
    tables=_OURS | {"bulk_upload_jobs": TABLES["bulk_upload_jobs"], "invitations": ACCOUNTS["invitations"]},
    indexes={
        "bulk_upload_jobs": {
            "idx_bulk_upload_jobs_waiting": "(status, updated_at) WHERE status NOT IN ('completed', 'failed')",
        },
        "class_lists": {
            "idx_class_lists_class": "(class_id) WHERE class_id IS NOT NULL",
            "idx_class_lists_undo": "(undo_asked_at) WHERE undo_asked_at IS NOT NULL AND undone_at IS NULL",
        },
        "invitations": {
            "idx_invitations_upload": "(upload_id, user_id) WHERE upload_id IS NOT NULL",
        },
        "list_changes": {"idx_list_changes_user": "(user_id)"},
    },
    checks={},
    triggers={},
)
#: What no crash has to bring back.
UNLOGGED = ("listed_people", "listed_facts")
