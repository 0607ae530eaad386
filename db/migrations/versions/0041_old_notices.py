"""Notices leave after a year: the oldest are found by an index."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.online import create_indexes

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_INDEXES = {"notices_created": "(created_at)"}


def upgrade() -> None:
    """Index them beside those who write them."""
    create_indexes(op.get_bind(), "bellwork.notices", _INDEXES)


def downgrade() -> None:
    """Drop the index."""
    op.execute("DROP INDEX bellwork.notices_created")
