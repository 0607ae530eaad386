"""Letters of all systems: one table that says what became of each, which addresses get none, and what came back."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the function by which a link in a letter ends a list for its reader."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them: letters that wait are not sent, and nobody knows any more which addresses bounced."""
    op.execute("DROP FUNCTION bellwork.unsubscribe")
    op.execute("DROP TABLE bellwork.mail_hold, bellwork.bounces, bellwork.suppressed_addresses, bellwork.letters")
