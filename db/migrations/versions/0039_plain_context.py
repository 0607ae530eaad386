"""The door's function for a job of which nothing else is said keeps the session's trace, too, as all others do."""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of

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
_CHANGES = (
    ("queue, priority, subject, tenant)", "queue, priority, subject, tenant, options)"),
    ("enqueue_plain.args #>> a.tenant\n", f"enqueue_plain.args #>> a.tenant,\n               {_CONTEXT}\n"),
)
_DEFINITION = b"SELECT pg_get_functiondef('bellwork.enqueue_plain'::regproc)"


def upgrade() -> None:
    """Let it put the context among the new job's options."""
    for before, after in _CHANGES:
        _change(before, after)


def downgrade() -> None:
    """Let it be as it was."""
    for before, after in _CHANGES:
        _change(after, before)


def _change(before: str, after: str) -> None:
    driver = psycopg_of(op.get_bind())
    ((definition,),) = driver.execute(_DEFINITION).fetchall()
    if definition.count(before) != 1:
        msg = f"bellwork.enqueue_plain is not a release's own: {before!r} stands in it {definition.count(before)} times"
        raise RuntimeError(msg)
    driver.execute(definition.replace(before, after).encode())
