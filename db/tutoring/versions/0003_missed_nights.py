"""The tutoring system: a night writes the final rows of the days, too, whose nights never ran."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_RUNS = "ALTER TABLE {tutoring}.metric_runs"


def upgrade() -> None:
    """Let a run say which days before the one that ended it takes up."""
    op.get_bind().execute(sql(_RUNS + " ADD COLUMN missed DATE[] NOT NULL DEFAULT '{}'"))


def downgrade() -> None:
    """Forget which days those were; their rows stay."""
    op.get_bind().execute(sql(_RUNS + " DROP COLUMN missed"))
