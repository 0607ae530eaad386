"""The content system: alerts, and what they are told by."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.alerts.plan import ALERTS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make their tables."""
    build(op.get_bind(), ALERTS)


def downgrade() -> None:
    """Drop them."""
    undo(op.get_bind(), ALERTS.mark)
