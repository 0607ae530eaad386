"""What operators do to jobs and queues, more of it: another priority for jobs that wait, and a limit for a queue."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the function and the columns."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them: no queue has a limit any more."""
    op.execute("DROP FUNCTION bellwork.reprioritise_jobs")
    op.execute("ALTER TABLE bellwork.queues DROP COLUMN at_once, DROP COLUMN limited_by, DROP COLUMN limit_reason")
