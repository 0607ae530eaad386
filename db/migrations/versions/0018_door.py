"""Callers are told which job it is and whether it is new, and may ask what became of it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the functions; those that stand are as before."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop the functions."""
    op.execute(
        "DROP FUNCTION bellwork.enqueue_job, bellwork.get_job, bellwork.try_enqueue, bellwork.try_as_caller,"
        " bellwork.insert_told"
    )
