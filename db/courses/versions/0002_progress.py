"""The courses system: an attempt is begun within its limit by one function, and streaks are read by one view."""

from __future__ import annotations

from alembic import op

from bellwork.db.courses.progress.plan import PROGRESS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them; whoever may begin an attempt is given that at the end of the migration."""
    build(op.get_bind(), PROGRESS)
    op.get_bind().execute(sql("REVOKE ALL ON FUNCTION {courses}.begin_attempt(uuid, uuid) FROM PUBLIC"))


def downgrade() -> None:
    """Drop them."""
    undo(op.get_bind(), PROGRESS.mark)
