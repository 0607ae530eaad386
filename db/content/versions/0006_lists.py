"""Class lists: what an upload asks for, its rows while they are read in, invitations, and what can be undone."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.plan.list_functions import CALLED
from bellwork.db.content.plan.lists import LISTS, UNLOGGED
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: Which list made the account: what is undone, and what is counted again after a worker's death.
_ADD = """
ALTER TABLE {content}.invitations
    ADD COLUMN IF NOT EXISTS upload_id VARCHAR(50) REFERENCES {content}.bulk_upload_jobs(id) ON DELETE SET NULL
"""
_DROP = "ALTER TABLE {content}.invitations DROP COLUMN upload_id"


def upgrade() -> None:
    """Build them; whoever may call the functions is given that at the end of the migration."""
    connection = op.get_bind()
    connection.execute(sql(_ADD))
    build(connection, LISTS)
    for table in UNLOGGED:
        connection.execute(sql(f"ALTER TABLE {{content}}.{table} SET UNLOGGED"))
    for function in CALLED:
        connection.execute(sql(f"REVOKE ALL ON FUNCTION {{content}}.{function} FROM PUBLIC"))


def downgrade() -> None:
    """Drop them; users who were read in stay."""
    undo(op.get_bind(), LISTS.mark)
    op.get_bind().execute(sql(_DROP))
