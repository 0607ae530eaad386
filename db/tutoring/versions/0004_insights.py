"""The tutoring system: how late figures were is found by its moment, and forgotten after a month."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the last day's insights be read without the others."""
    op.get_bind().execute(sql("CREATE INDEX ix_insights_computed ON {tutoring}.insights (computed_at)"))


def downgrade() -> None:
    """Drop the index."""
    op.get_bind().execute(sql("DROP INDEX {tutoring}.ix_insights_computed"))
