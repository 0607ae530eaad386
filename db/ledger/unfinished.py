"""What unfinished jobs ask of the code that is to run them: the actor, its arguments, and the stages that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Jobs of one statement.
_AT_ONCE = 2_000

_AFTER = b"""
SELECT id, actor::text, args, options -> 'pipe_target' FROM bellwork.jobs WHERE id > %s ORDER BY id LIMIT %s
"""


class Unfinished(NamedTuple):
    """A job that is still to run; `following` is the message of a pipeline's next stage, where there is one."""

    id: int
    actor: str
    args: dict[str, Any]
    following: dict[str, Any] | None


def unfinished(conn: Connection) -> Iterator[Unfinished]:
    """Yield every unfinished job in the order of its id, some thousand at a time, by the primary key."""
    after = -(2**63)
    while rows := psycopg_of(conn).execute(_AFTER, (after, _AT_ONCE)).fetchall():
        for row in rows:
            yield Unfinished(*row)
        after = rows[-1][0]
