"""The companion system: study_companion.md's tables with their corrections, and the keys of nudges beside them."""

from __future__ import annotations

from alembic import op

from bellwork.db.companion.plan import PLAN
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables, or adopt those that stand in the mapped schema and add what they lack."""
    build(op.get_bind(), PLAN)


def downgrade() -> None:
    """Drop what was made for Bellwork; a team's tables and rows stay, with the functions and views that were mended."""
    undo(op.get_bind(), PLAN.mark)
