"""The content system: figures of requests by hour and day, of students by day, and views of them."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.figures.plan import FIGURES
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; the hours that are over are counted by the next jobs."""
    build(op.get_bind(), FIGURES)


def downgrade() -> None:
    """Drop them."""
    undo(op.get_bind(), FIGURES.mark)
