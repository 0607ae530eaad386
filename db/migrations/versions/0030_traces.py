"""What API layers enqueue by the door carries the context of the trace in which they do: traceparent and tracestate."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.functions import change_back, change_functions

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

#: Of the options that a document has nothing else is taken: what else stands there is not for callers to say.
_CONTEXT = (
    "CASE WHEN {0} ? 'traceparent' THEN jsonb_strip_nulls(jsonb_build_object("
    "'traceparent', left({0} ->> 'traceparent', 64), 'tracestate', left({0} ->> 'tracestate', 512))) ELSE '{{}}' END"
)
_OF_ROW, _OF_DOCUMENT = _CONTEXT.format("n.options"), _CONTEXT.format("(one -> 'options')")
#: What each function says from now on: its text before and after.
_FUNCTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "try_enqueue": (
        ("run_at, subject, tenant)", "run_at, subject, tenant, options)"),
        ("(one -> 'args') #>> a.tenant\n", f"(one -> 'args') #>> a.tenant,\n               {_OF_DOCUMENT}\n"),
    ),
    "insert_told": (
        (
            "ELSE '{}' END,\n                   caller",
            f"ELSE '{{}}' END\n                   || {_OF_ROW},\n                   caller",
        ),
        ("                unique_while text))", "                unique_while text, options jsonb))"),
        ("unique_key, unique_while, place)", "unique_key, unique_while, options, place)"),
    ),
}


def upgrade() -> None:
    """Let the functions keep the context among a job's options."""
    change_functions(op.get_bind(), _FUNCTIONS)


def downgrade() -> None:
    """Let them be as they were."""
    change_back(op.get_bind(), _FUNCTIONS)
