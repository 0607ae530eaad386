"""The tutoring system: changes are noted by API layers and workers, and by nobody else."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_FUNCTIONS = (
    "{tutoring}.note_change(text, timestamptz)",
    "{tutoring}.note_changes(text[], timestamptz[])",
)


def upgrade() -> None:
    """Take what PostgreSQL gives everybody; whoever may call them gets that at the end of the migration."""
    for function in _FUNCTIONS:
        op.get_bind().execute(sql(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"))


def downgrade() -> None:
    """Let everybody call them again."""
    for function in _FUNCTIONS:
        op.get_bind().execute(sql(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC"))
