"""Where the learner's numbers are kept single: days, practice sets, fallback summaries; and the indexes they need."""

from __future__ import annotations

from alembic import op

from bellwork.db.companion.numbers.plan import NUMBERS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build what is not there."""
    build(op.get_bind(), NUMBERS)


def downgrade() -> None:
    """Drop what was made for Bellwork; the learner's numbers themselves stay in the document's tables."""
    undo(op.get_bind(), NUMBERS.mark)
