"""A pause may have an end, and the snapshot says what else is amiss."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.execute("ALTER TABLE bellwork.queues ADD COLUMN paused_until timestamptz")
    op.execute("ALTER TABLE bellwork.snapshot ADD COLUMN around jsonb, ADD COLUMN around_at timestamptz")


def downgrade() -> None:
    """Drop them: a pause lasts until somebody ends it."""
    op.execute("ALTER TABLE bellwork.snapshot DROP COLUMN around, DROP COLUMN around_at")
    op.execute("ALTER TABLE bellwork.queues DROP COLUMN paused_until")
