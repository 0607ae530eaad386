"""The courses system: learncraft.md's tables with their corrections, or what stands of them and lacks something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op

from bellwork.db.courses.plan import PLAN
from bellwork.db.courses.plan.near import build_near, drop_near
from bellwork.db.migrations.build import UnfitSchemaError, build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STANDS = "SELECT to_regclass('{courses}.[table]') IS NOT NULL"
_TWICE = "SELECT count(*) FROM (SELECT FROM {courses}.[table] WHERE [where] GROUP BY [key] HAVING count(*) > 1) twice"
# Numbers of a team that has given some go on behind them.
_NUMBERS = r"""
SELECT setval(pg_get_serial_sequence('{courses}.certificate_issues', 'serial'), max(given)) FROM (
    SELECT CAST(substring(certificate_number FROM '^LC-[0-9]{4}-([0-9]{1,15})$') AS bigint) AS given
    FROM {courses}.certificates) AS numbers
HAVING max(given) > 0
"""


def upgrade() -> None:
    """Build the tables, or adopt a team's that stand in the mapped schema.

    Raises UnfitSchemaError, and changes nothing, where rows stand twice that may be there once.
    """
    connection = op.get_bind()
    _refuse_doubles(connection)
    build(connection, PLAN)
    build_near(connection, PLAN.mark)
    connection.execute(sql(_NUMBERS))


def downgrade() -> None:
    """Drop what was made for Bellwork; a team's tables and rows stay."""
    connection = op.get_bind()
    drop_near(connection, PLAN.mark)
    undo(connection, PLAN.mark)


def _refuse_doubles(connection: Connection) -> None:
    for table, indexes in PLAN.indexes.items():
        if not connection.execute(sql(_STANDS.replace("[table]", table))).scalar():
            continue
        for index in indexes.values():
            if index.startswith("UNIQUE "):
                key, _, where = index.removeprefix("UNIQUE ").partition(" WHERE ")
                _refuse_double(connection, table, key.strip("() "), where or "true")


def _refuse_double(connection: Connection, table: str, key: str, where: str) -> None:
    statement = _TWICE.replace("[table]", table).replace("[where]", where).replace("[key]", key)
    if twice := connection.execute(sql(statement)).scalar():
        raise UnfitSchemaError(
            f"{twice} times rows of {table} stand twice for one ({key}) where {where}; keep one of each and migrate"
            " again, for jobs that run twice are told apart by that key"
        )
