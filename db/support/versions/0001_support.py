"""The support system: student_interventions with its rules, or a team's that stands and lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

from bellwork.db.migrations.build import UnfitSchemaError, build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql
from bellwork.db.support.plan import PLAN

if TYPE_CHECKING:
    from sqlalchemy import Connection

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STANDS = "SELECT to_regclass('{support}.student_interventions') IS NOT NULL"
_TWICE = """
SELECT count(*) FROM (
    SELECT FROM {support}.student_interventions
    WHERE deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')
    GROUP BY enrollment_id HAVING count(*) > 1) AS twice
"""
#: PostgreSQL lets everybody call a new function.
_CLOSED = ("set_flags", "look_at", "checked_moment", "note_quiz_attempt", "note_topic_completion", "note_escalation")
_OPEN = """
SELECT array_agg(DISTINCT enrollment_id) FROM {support}.student_interventions
WHERE deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')
"""


def upgrade() -> None:
    """Build the tables, or adopt a team's that stand in the mapped schema; flags are those of the open rows from here.

    Raises UnfitSchemaError, and changes nothing, where an enrollment has two open interventions.
    """
    connection = op.get_bind()
    _refuse_doubles(connection)
    build(connection, PLAN)
    for name in _CLOSED:
        connection.execute(sql(f"REVOKE ALL ON FUNCTION {{support}}.{name} FROM PUBLIC"))
    connection.execute(sql(f"SELECT {{support}}.set_flags(({_OPEN}))"))


def downgrade() -> None:
    """Drop what was made for Bellwork; a team's tables and rows stay."""
    undo(op.get_bind(), PLAN.mark)


def _refuse_doubles(connection: Connection) -> None:
    if connection.execute(sql(_STANDS)).scalar() and (twice := connection.execute(sql(_TWICE)).scalar()):
        raise UnfitSchemaError(
            f"{twice} enrollments have more than one open intervention in student_interventions; end or delete all but"
            " one of each (deleted_at) and migrate again, for an enrollment has one open row from here on"
        )
