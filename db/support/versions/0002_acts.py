"""The support system: contact, snooze and ends of interventions as functions, ends of enrollments, other systems."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql
from bellwork.db.support.plan.second import SECOND

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: PostgreSQL lets everybody call a new function.
_CLOSED = [name.partition("(")[0] for name in SECOND.functions]
#: Columns of tables that the first revision made, or adopted.
_ADDED = {
    ("rule_days", "decided"): "INTEGER NOT NULL DEFAULT 0",
    ("user_profiles", "erased_at"): "TIMESTAMPTZ",
}


def upgrade() -> None:
    """Make them; whoever may call a function is given that at the end of the migration."""
    connection = op.get_bind()
    build(connection, SECOND)
    for (table, column), kind in _ADDED.items():
        connection.execute(sql(f"ALTER TABLE {{support}}.{table} ADD COLUMN IF NOT EXISTS {column} {kind}"))
    for name in _CLOSED:
        connection.execute(sql(f"REVOKE ALL ON FUNCTION {{support}}.{name} FROM PUBLIC"))


def downgrade() -> None:
    """Drop them."""
    undo(op.get_bind(), SECOND.mark)
    for table, column in _ADDED:
        op.get_bind().execute(sql(f"ALTER TABLE {{support}}.{table} DROP COLUMN {column}"))
