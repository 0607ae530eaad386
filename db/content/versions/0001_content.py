"""The content system: vividly.md's tables with their corrections, or what stands of them and lacks something."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.plan import DELETION_INDEXES, PLAN
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: By which the ledger's own revisions marked what they made, when they still built this system.
_BEFORE = ("made by bellwork 0002", "made by bellwork 0005")


def upgrade() -> None:
    """Build the tables, or adopt those that stand in the mapped schema: a team's, or an older release's."""
    connection = op.get_bind()
    build(connection, PLAN)
    build(connection, DELETION_INDEXES)


def downgrade() -> None:
    """Drop what was made for Bellwork, by whichever release; a team's tables, rows and corrected generate_id stay."""
    undo(op.get_bind(), PLAN.mark, *_BEFORE)
