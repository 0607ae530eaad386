"""A job says whose data it carries: subject and tenant, read from its arguments by what its actor declares."""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of
from bellwork.db.migrations.functions import change_back, change_functions
from bellwork.db.migrations.online import create_indexes, index_filled

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_COLUMNS = ("subject text", "tenant text")
_TABLES = ("jobs", "finished_jobs")
#: By hashes, as finished_jobs_kind: a name of any length has an entry of 12 bytes, and who declares none has none.
_INDEXES = {
    "jobs": {
        "jobs_subject": "(hashtext(subject), id) WHERE subject IS NOT NULL",
        "jobs_tenant": "(hashtext(tenant), id) WHERE tenant IS NOT NULL",
    },
    "finished_jobs": {
        "finished_jobs_subject": "(hashtext(subject), id) WHERE subject IS NOT NULL",
        "finished_jobs_tenant": "(hashtext(tenant), id) WHERE tenant IS NOT NULL",
    },
}
_NEW_WITH_OPTIONS = ("unique_key, options)", "unique_key, options, subject, tenant)")
_NEW_AS_CALLER = ("options, enqueued_by)", "options, enqueued_by, subject, tenant)")
_OF_ROW = "n.args #>> a.subject, n.args #>> a.tenant"
_OF_PARAMETERS = "enqueue.args #>> a.subject, enqueue.args #>> a.tenant"
_OF_DOCUMENT = "(one -> 'args') #>> a.subject, (one -> 'args') #>> a.tenant"
#: What each function says of its jobs from now on: its text before and after. The actor's row is read there anyway.
_FUNCTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "enqueue": (
        _NEW_WITH_OPTIONS,
        ("ELSE '{}' END\n", f"ELSE '{{}}' END,\n                   {_OF_PARAMETERS}\n"),
    ),
    "try_enqueue": (
        ("(actor, args, queue, priority, run_at)", "(actor, args, queue, priority, run_at, subject, tenant)"),
        ("now())\n        FROM (SELECT) alone", f"now()),\n               {_OF_DOCUMENT}\n        FROM (SELECT) alone"),
    ),
    "insert_told": (_NEW_AS_CALLER, ("                   caller\n", f"                   caller, {_OF_ROW}\n")),
    "insert_jobs": (_NEW_WITH_OPTIONS, ("ELSE '{}' END\n", f"ELSE '{{}}' END,\n               {_OF_ROW}\n")),
    "enqueue_as_caller": (
        _NEW_AS_CALLER,
        ("                   session_user\n", f"                   session_user, {_OF_ROW}\n"),
    ),
    "cancel_any": (
        ("created_at, enqueued_by)", "created_at, enqueued_by, subject, tenant)"),
        ("created_at, enqueued_by\n", "created_at, enqueued_by, subject, tenant\n"),
    ),
    "finish": (
        ("errors, enqueued_by)", "errors, enqueued_by, subject, tenant)"),
        ("errors, enqueued_by FROM", "errors, enqueued_by, subject, tenant FROM"),
    ),
    "rename_jobs": (
        ("queue = a.queue,", "queue = a.queue, subject = j.args #>> a.subject, tenant = j.args #>> a.tenant,"),
    ),
    "retry_jobs": (
        ("created_at, enqueued_by)", "created_at, enqueued_by, subject, tenant)"),
        ("now(), enqueued_by FROM", "now(), enqueued_by, subject, tenant FROM"),
    ),
}
_COMMENTS = """
COMMENT ON COLUMN bellwork.actors.subject IS 'The path of the argument that says whose data a job carries.';
COMMENT ON COLUMN bellwork.actors.tenant IS 'The path of the argument that says for which school a job works.';
COMMENT ON COLUMN bellwork.jobs.subject IS
    'Whose data it carries, by the argument that its actor declares; NULL where none is, and once it was erased.';
COMMENT ON COLUMN bellwork.jobs.tenant IS 'The school or organisation, by the argument that its actor declares.';
"""


def upgrade() -> None:
    """Add the columns and their indexes beside those who work; the functions fill them.

    Jobs of before have none, nor those that processes of an older release enqueue or finish.
    """
    connection = op.get_bind()
    for table in _TABLES:
        index_filled(connection, f"bellwork.{table}", _INDEXES[table], *_COLUMNS)
    for table in _TABLES:
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {column}" for column in _COLUMNS)
        op.execute(f"ALTER TABLE bellwork.{table} {added}")
    op.execute("ALTER TABLE bellwork.actors ADD COLUMN subject text[], ADD COLUMN tenant text[]")
    for table in _TABLES:
        create_indexes(connection, f"bellwork.{table}", _INDEXES[table])
    change_functions(connection, _FUNCTIONS)
    psycopg_of(connection).execute(_COMMENTS.encode())


def downgrade() -> None:
    """Drop the columns; the functions are as they were."""
    connection = op.get_bind()
    change_back(connection, _FUNCTIONS)
    for table in (*_TABLES, "actors"):
        op.execute(f"ALTER TABLE bellwork.{table} DROP COLUMN subject, DROP COLUMN tenant")
