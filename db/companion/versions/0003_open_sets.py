"""Practice sets that are open are found by when they were asked for, without a look at the others."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_INDEX = """
CREATE INDEX IF NOT EXISTS idx_practice_sets_open ON {companion}.practice_sets (state, created_at)
WHERE state NOT IN ('completed', 'failed')
"""


def upgrade() -> None:
    """Make the index."""
    op.get_bind().execute(sql(_INDEX))


def downgrade() -> None:
    """Drop it."""
    op.get_bind().execute(sql("DROP INDEX IF EXISTS {companion}.idx_practice_sets_open"))
