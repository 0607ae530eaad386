"""The tutoring system: tutormax.md's tables with their corrections, or what stands of them and lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

from bellwork.db.migrations.build import UnfitSchemaError, build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql
from bellwork.db.tutoring.plan import PLAN

if TYPE_CHECKING:
    from sqlalchemy import Connection

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

#: What a row may be there once for, by table; a team's own tables have no such rule.
_KEYS = {
    "tutors": ("email", "true"),
    "student_feedback": ("session_id", "true"),
    "tutor_performance_metrics": ("tutor_id, \"window\", CAST(calculation_date AT TIME ZONE 'UTC' AS date)", "true"),
    "interventions": ("tutor_id, intervention_type", "status IN ('pending', 'in_progress')"),
}
_STANDS = "SELECT to_regclass('{tutoring}.[table]') IS NOT NULL"
_TWICE = "SELECT count(*) FROM (SELECT FROM {tutoring}.[table] WHERE [where] GROUP BY [key] HAVING count(*) > 1) twice"
_BUCKETS = "INSERT INTO {tutoring}.buckets (bucket) SELECT generate_series(0, 31) ON CONFLICT DO NOTHING"
_UNWATCHED = "SELECT {tutoring}.watch_changes(false)"


def upgrade() -> None:
    """Build the tables, or adopt a team's that stand in the mapped schema; changes are not noted by triggers yet.

    Raises UnfitSchemaError, and changes nothing, where rows stand twice that may be there once.
    """
    connection = op.get_bind()
    _refuse_doubles(connection)
    build(connection, PLAN)
    connection.execute(sql(_BUCKETS))
    connection.execute(sql(_UNWATCHED))


def _refuse_doubles(connection: Connection) -> None:
    for table, (key, where) in _KEYS.items():
        if connection.execute(sql(_STANDS.replace("[table]", table))).scalar():
            statement = _TWICE.replace("[table]", table).replace("[where]", where).replace("[key]", key)
            if twice := connection.execute(sql(statement)).scalar():
                raise UnfitSchemaError(
                    f"{twice} times rows of {table} stand twice for one ({key}) where {where}; keep one of each and"
                    " migrate again, for jobs that run twice are told apart by that key"
                )


def downgrade() -> None:
    """Drop what was made for Bellwork; a team's tables and rows stay."""
    undo(op.get_bind(), PLAN.mark)
