"""A worker's row says which master started it and when its process began; what is lost with a machine is counted apart.

A pid and a host name come again when a container restarts, and two containers may share both.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a row that an older worker writes has no identity, and is judged by its lease alone."""
    # The table of jobs comes first, as in every statement of callers and workers: another order ends in a deadlock.
    op.execute("LOCK TABLE bellwork.jobs IN ACCESS EXCLUSIVE MODE")
    op.execute("ALTER TABLE bellwork.workers ADD COLUMN master_id uuid, ADD COLUMN process_started float8")
    op.execute("ALTER TABLE bellwork.jobs ADD COLUMN lost integer NOT NULL DEFAULT 0")


def downgrade() -> None:
    """Drop the columns."""
    op.execute("ALTER TABLE bellwork.jobs DROP COLUMN lost")
    op.execute("ALTER TABLE bellwork.workers DROP COLUMN process_started, DROP COLUMN master_id")
