"""The content system: vividly.md's tables with their corrections, or what a team's own tables lack of them."""

from __future__ import annotations

from alembic import op

from db.migrations.build import build
from db.migrations.content import PLAN
from db.migrations.undo import undo
from db.partitions import DECLARED, create_ahead

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables, or adopt those that stand in the mapped schema, and give the audit trail its first months."""
    connection = op.get_bind()
    build(connection, PLAN)
    create_ahead(connection, next(table for table in DECLARED if table.table == "audit_logs"))


def downgrade() -> None:
    """Drop what the upgrade made; an adopted team's tables, rows and corrected generate_id stay."""
    undo(op.get_bind(), PLAN)
