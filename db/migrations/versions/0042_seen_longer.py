"""Events are told apart for 35 days by whoever asks so: there is a partition for each of these days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alembic import op

from bellwork.db.partitions import create_for
from bellwork.db.vocabulary import PartitionedTable

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SEEN = PartitionedTable("bellwork.seen_events", "day", "day", ahead=14)
_BACK = 36


def upgrade() -> None:
    """Make the days again that were dropped already; an event of one of them that came before was told apart then."""
    today = datetime.now(UTC)
    create_for(op.get_bind(), _SEEN, [today - timedelta(days=back) for back in range(1, _BACK + 1)])


def downgrade() -> None:
    """Leave them: the rotation of the release before drops what it does not keep."""
