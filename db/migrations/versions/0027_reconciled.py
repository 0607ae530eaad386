"""What disagreed between rows and jobs when they were compared last, and a lock on jobs before they are cancelled."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the function."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop both: the next comparison finds all of it again."""
    op.execute("DROP FUNCTION bellwork.lock_jobs(bigint[])")
    op.execute("DROP TABLE bellwork.reconciled")
