"""Which events had their effect already, and what people are told in the application."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of
from bellwork.db.partitions import create_ahead, create_for
from bellwork.db.vocabulary import PartitionedTable

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_SEEN = PartitionedTable("bellwork.seen_events", "day", "day", ahead=14)
#: Days before today of which events are still told apart (bellwork.db.seen).
_BACK = 7


def upgrade() -> None:
    """Create both, with a partition for each day of which an event may come late."""
    connection = op.get_bind()
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    today = datetime.now(UTC)
    create_for(connection, _SEEN, [today - timedelta(days=back) for back in range(1, _BACK + 2)])
    create_ahead(connection, _SEEN)


def downgrade() -> None:
    """Drop both."""
    op.execute("DROP TABLE bellwork.notices, bellwork.seen_events")
    op.execute("DELETE FROM bellwork.partitions WHERE parent = 'bellwork.seen_events'")
