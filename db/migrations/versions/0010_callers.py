"""Actors say who may enqueue them, and a caller sees and cancels its own jobs only."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: The functions that this revision replaced, as the first revision made them.
_BEFORE = re.compile(rb"CREATE (FUNCTION bellwork\.(?:enqueue|enqueue_many|cancel|finish)\(.*?\$\$;)", re.DOTALL)


def upgrade() -> None:
    """Record who enqueued a job, and what an actor allows; the functions ask both."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Let every caller enqueue and cancel everything again."""
    first = Path(__file__).with_name("0001_ledger.sql").read_bytes()
    for body in _BEFORE.findall(first):
        psycopg_of(op.get_bind()).execute(b"CREATE OR REPLACE " + body)
    for statement in (
        "DROP VIEW bellwork.own_jobs",
        "DROP FUNCTION bellwork.enqueue_as_caller, bellwork.refusal, bellwork.on_own_queues",
        "DROP FUNCTION bellwork.cancel_own, bellwork.cancel_any",
        "ALTER TABLE bellwork.finished_jobs DROP COLUMN enqueued_by",
        "ALTER TABLE bellwork.jobs DROP COLUMN enqueued_by",
        "ALTER TABLE bellwork.actors DROP COLUMN callers",
    ):
        op.execute(statement)
