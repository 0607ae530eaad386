"""The tutoring system: what predictions are made of, models, managers' words, reminders, reports and health."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql
from bellwork.db.tutoring.plan.care import CARE, MADE_OF

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEYS = "ALTER TABLE {tutoring}.prediction_keys"


def upgrade() -> None:
    """Add what is missing beside the tables of the first revision."""
    connection = op.get_bind()
    added = ", ".join(f"ADD COLUMN {name} {kind}" for name, kind in MADE_OF.items())
    connection.execute(sql(f"{_KEYS} {added}"))
    build(connection, CARE)


def downgrade() -> None:
    """Drop what this revision made, and no row of the tables before."""
    connection = op.get_bind()
    undo(connection, CARE.mark)
    dropped = ", ".join(f"DROP COLUMN {name}" for name in MADE_OF)
    connection.execute(sql(f"{_KEYS} {dropped}"))
