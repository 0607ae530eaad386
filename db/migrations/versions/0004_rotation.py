"""The registry of partitions: a row for each partition of a declared table, from its first day to its archive."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the registry; the first rotation enters the partitions that stand."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop the registry; partitions and archives stay as they are."""
    op.execute("DROP TABLE bellwork.partitions")
