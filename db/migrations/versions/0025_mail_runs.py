"""How far the sender of some letters has come, so that only what it had begun is unknown where it dies."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop it: letters that are being sent by somebody who dies are unknown, begun or not."""
    op.execute("DROP TABLE bellwork.mail_runs")
