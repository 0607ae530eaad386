"""Retention: who sweeps what, which archive holds the rows that left, and who was told of a contract's end."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from sqlalchemy import text

from bellwork.db.engine import psycopg_of
from bellwork.db.migrations.undo import undo

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_HAS_ITS_OWN = text("SELECT to_regclass('bellwork.alembic_version_content') IS NOT NULL")


def upgrade() -> None:
    """Create the tables of retention; what a system's tables want for it is that system's own."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop the tables, and the indexes that an older release's upgrade made; what was archived stays where it is."""
    connection = op.get_bind()
    if not connection.execute(_HAS_ITS_OWN).scalar_one():
        undo(connection, "made by bellwork 0005")
    op.execute("DROP TABLE bellwork.contract_notices, bellwork.retention_parcels, bellwork.retention")
