"""A snapshot of every queue each second, and what became of the figures of the last hour and month."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of
from bellwork.db.migrations.online import create_indexes, index_filled
from bellwork.db.partitions import create_ahead
from bellwork.db.vocabulary import PartitionedTable

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

#: What is new since a snapshot is found by the transactions that it had not seen, in few pages at the index's end.
_INDEXES = {"finished_jobs_transaction": "(finished_in) WHERE finished_in IS NOT NULL"}


def upgrade() -> None:
    """Create the tables, and let each finished job say by which transaction it was written."""
    connection = op.get_bind()
    index_filled(connection, "bellwork.finished_jobs", _INDEXES, "finished_in xid8")
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    create_indexes(connection, "bellwork.finished_jobs", _INDEXES)
    create_ahead(connection, PartitionedTable("bellwork.queue_minutes", "at", "day", ahead=14))


def downgrade() -> None:
    """Drop the figures; the jobs themselves stay."""
    op.execute("DROP TABLE bellwork.snapshot, bellwork.queue_figures, bellwork.actor_figures")
    op.execute("DROP TABLE bellwork.queue_seconds, bellwork.queue_minutes")
    op.execute("DELETE FROM bellwork.partitions WHERE parent = 'bellwork.queue_minutes'")
    op.execute("DROP INDEX IF EXISTS bellwork.finished_jobs_transaction")
    op.execute("ALTER TABLE bellwork.finished_jobs DROP COLUMN finished_in")
