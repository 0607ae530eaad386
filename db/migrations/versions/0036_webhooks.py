"""Outgoing webhooks of all systems: who is told of which events, and what became of each delivery."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the function by which an event is emitted."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them: what was not delivered is not."""
    op.execute("DROP FUNCTION bellwork.emit(text, jsonb, text)")
    op.execute("DROP TABLE bellwork.webhook_deliveries, bellwork.webhook_secrets, bellwork.webhook_endpoints")
