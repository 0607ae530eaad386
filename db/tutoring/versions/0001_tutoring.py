"""The tutoring system: tutormax.md's tables with their corrections, or what stands of them and lacks something."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql
from bellwork.db.tutoring.plan import PLAN

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BUCKETS = "INSERT INTO {tutoring}.buckets (bucket) SELECT generate_series(0, 31) ON CONFLICT DO NOTHING"
_UNWATCHED = "SELECT {tutoring}.watch_changes(false)"


def upgrade() -> None:
    """Build the tables, or adopt a team's that stand in the mapped schema; changes are not noted by triggers yet."""
    connection = op.get_bind()
    build(connection, PLAN)
    connection.execute(sql(_BUCKETS))
    connection.execute(sql(_UNWATCHED))


def downgrade() -> None:
    """Drop what was made for Bellwork; a team's tables and rows stay."""
    undo(op.get_bind(), PLAN.mark)
