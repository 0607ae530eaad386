"""The courses system: objects are written down before they are stored, so that none is lost to view."""

from __future__ import annotations

from alembic import op

from bellwork.db.courses.videos.plan import OBJECTS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ISSUES = "ALTER TABLE {courses}.certificate_issues"
_INDEX = """
CREATE INDEX idx_certificate_issues_stored ON {courses}.certificate_issues (stored_at) WHERE stored_as <> '{}'
"""


def upgrade() -> None:
    """Let an issue say what was stored for it that it is not known by; make the table of what is stored for videos."""
    conn = op.get_bind()
    conn.execute(sql(_ISSUES + " ADD COLUMN stored_as TEXT[] NOT NULL DEFAULT '{}', ADD COLUMN stored_at TIMESTAMPTZ"))
    conn.execute(sql(_INDEX))
    build(conn, OBJECTS)


def downgrade() -> None:
    """Forget that; objects that no row is known by stay in the storage."""
    conn = op.get_bind()
    undo(conn, OBJECTS.mark)
    conn.execute(sql(_ISSUES + " DROP COLUMN stored_as, DROP COLUMN stored_at"))
