"""The door's function for a job of which nothing else is said keeps the session's trace, too, as all others do."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.functions import change_back, change_functions

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_CONTEXT = (
    "CASE WHEN current_setting('bellwork.traceparent', true)"
    " ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'"
    " THEN jsonb_strip_nulls(jsonb_build_object('traceparent', current_setting('bellwork.traceparent'),"
    " 'tracestate', nullif(left(current_setting('bellwork.tracestate', true), 512), ''))) ELSE '{}' END"
)
#: The function's text before and after.
_FUNCTIONS = {
    "enqueue_plain": (
        ("queue, priority, subject, tenant)", "queue, priority, subject, tenant, options)"),
        ("enqueue_plain.args #>> a.tenant\n", f"enqueue_plain.args #>> a.tenant,\n               {_CONTEXT}\n"),
    ),
}


def upgrade() -> None:
    """Let it put the context among the new job's options."""
    change_functions(op.get_bind(), _FUNCTIONS)


def downgrade() -> None:
    """Let it be as it was."""
    change_back(op.get_bind(), _FUNCTIONS)
