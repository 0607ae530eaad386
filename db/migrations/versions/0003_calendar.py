"""The calendar: schema `bellwork` gets its entries, a row for each tick by month, and who changed what and why."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.engine import psycopg_of
from db.partitions import DECLARED, create_ahead

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the calendar's tables and the first months of ticks; the scheduler fills in the entries at its start."""
    connection = op.get_bind()
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    create_ahead(connection, next(table for table in DECLARED if table.table == "ticks"))


def downgrade() -> None:
    """Drop the calendar with all it remembers."""
    op.execute("DROP VIEW bellwork.tick_history")
    op.execute("DROP TABLE bellwork.entry_changes, bellwork.ticks, bellwork.entries")
