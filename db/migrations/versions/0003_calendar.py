"""The calendar: schema `bellwork` gets its entries, a row for each tick by month, and who changed what and why."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of
from bellwork.db.partitions import create_ahead
from bellwork.db.vocabulary import PartitionedTable

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the calendar's tables and the first months of ticks; the scheduler fills in the entries at its start."""
    connection = op.get_bind()
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    create_ahead(connection, PartitionedTable("bellwork.ticks", "tick", "month", ahead=3))


def downgrade() -> None:
    """Drop the calendar with all it remembers."""
    op.execute("DROP VIEW bellwork.tick_history")
    op.execute("DROP TABLE bellwork.entry_changes, bellwork.ticks, bellwork.entries")
