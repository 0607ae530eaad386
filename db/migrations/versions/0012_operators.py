"""What operators do is kept: who, what, why, before and after; and they act on jobs through functions."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_GRANT = """
DO $$
BEGIN
    IF to_regrole('bellwork_ops') IS NOT NULL THEN
        GRANT INSERT, UPDATE, DELETE ON bellwork.jobs, bellwork.finished_jobs TO bellwork_ops;
        GRANT UPDATE ON bellwork.partitions TO bellwork_ops;
    END IF;
END $$
"""


def upgrade() -> None:
    """Create the table and the functions, and take from operators the right to write a job's row and its history."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Forget the acts, and let operators write the tables again: the release before does."""
    op.execute("DROP TABLE bellwork.operator_acts")
    op.execute("DROP FUNCTION bellwork.retry_jobs, bellwork.rename_jobs, bellwork.keep_acts")
    op.execute(_GRANT)
