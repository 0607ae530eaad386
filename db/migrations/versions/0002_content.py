"""Nothing any more: it built the content system, which has revisions of its own now (db/content/versions)."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from bellwork.db.migrations.undo import undo

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HAS_ITS_OWN = text("SELECT to_regclass('bellwork.alembic_version_content') IS NOT NULL")


def upgrade() -> None:
    """Leave it to the system."""


def downgrade() -> None:
    """Drop what an older release's upgrade made here, unless the system's own first revision has taken it over."""
    connection = op.get_bind()
    if not connection.execute(_HAS_ITS_OWN).scalar_one():
        undo(connection, "made by bellwork 0002")
