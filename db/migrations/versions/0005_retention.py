"""Retention: who sweeps what, which archive holds the rows that left, who was told of a contract's end; and indexes."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.engine import psycopg_of
from db.migrations.build import build
from db.migrations.content.leaving import LEAVING
from db.migrations.undo import undo

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the books of retention, and index what a hard delete looks for."""
    connection = op.get_bind()
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    build(connection, LEAVING)


def downgrade() -> None:
    """Drop the books and the indexes; what was archived stays where it is."""
    undo(op.get_bind(), LEAVING)
    op.execute("DROP TABLE bellwork.contract_notices, bellwork.retention_parcels, bellwork.retention")
