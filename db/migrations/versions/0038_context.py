"""What plain SQL enqueues may be of its caller's trace: the session says which one, in bellwork.traceparent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_DEFINITION = b"""
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'bellwork'::regnamespace AND proname = %s
"""


def upgrade() -> None:
    """Let the functions for SQL keep the session's context among a new job's options, where it is one by the W3C."""
    for name, changes in _FUNCTIONS.items():
        _change(name, changes)


def downgrade() -> None:
    """Let them be as they were."""
    for name, changes in _FUNCTIONS.items():
        _change(name, [(after, before) for before, after in changes])


def _change(name: str, changes: Sequence[tuple[str, str]]) -> None:
    driver = psycopg_of(op.get_bind())
    ((definition,),) = driver.execute(_DEFINITION, (name,)).fetchall()
    for before, after in changes:
        if definition.count(before) != 1:
            msg = f"bellwork.{name} is not a release's own: {before!r} stands in it {definition.count(before)} times"
            raise RuntimeError(msg)
        definition = definition.replace(before, after)
    driver.execute(definition.encode())
