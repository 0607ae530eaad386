"""What plain SQL enqueues may be of its caller's trace: the session says which one, in bellwork.traceparent."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.functions import change_back, change_functions

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

#: Who says nothing pays one look at a setting that is not there, of one enqueue's 36 µs of CPU less than 2; a trigger
#: would cost each job, also those that Python sends, 3 to 8.
_CONTEXT = (
    "CASE WHEN current_setting('bellwork.traceparent', true)"
    " ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'"
    " THEN jsonb_strip_nulls(jsonb_build_object('traceparent', current_setting('bellwork.traceparent'),"
    " 'tracestate', nullif(left(current_setting('bellwork.tracestate', true), 512), ''))) ELSE '{}' END"
)
_END = "ELSE '{}' END"
#: What each function says from now on: its text before and after. What a job says itself comes after the setting.
_FUNCTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "enqueue": ((f"{_END},\n", f"{_END}\n                   || {_CONTEXT},\n"),),
    "insert_jobs": ((f"{_END},\n", f"{_END}\n               || {_CONTEXT},\n"),),
    "enqueue_as_caller": (("bellwork.on_own_queues(coalesce", f"{_CONTEXT}\n|| bellwork.on_own_queues(coalesce"),),
    "insert_told": ((f"{_END}\n                   || CASE", f"{_END}\n                   || {_CONTEXT} || CASE"),),
}


def upgrade() -> None:
    """Let the functions for SQL keep the session's context among a new job's options, where it is one by the W3C."""
    change_functions(op.get_bind(), _FUNCTIONS)


def downgrade() -> None:
    """Let them be as they were."""
    change_back(op.get_bind(), _FUNCTIONS)
