"""Sessions in which nobody does anything: warned of, then ended, each by how long that has been so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.labs.sweep import WARNED
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

# What its learner asked for (judged, extended, reset) moves `updated_at`: he is there, whether he types or not. Each
# time that he rests has a key of its own. When he typed is known by his host's clock: a length is taken from it only.
_IDLE = """
SELECT s.user_id, l.title, a.key, least(extract(epoch FROM now() - s.updated_at), CAST(:rests AS float8)) AS seconds,
       coalesce(n.created_at <= now() - :warned * interval '1 minute', false) AS was_warned
FROM {courses}.lab_sessions s JOIN {courses}.labs l ON l.id = s.lab_id
CROSS JOIN LATERAL (
    SELECT concat_ws(':', s.id, floor(extract(epoch FROM s.updated_at)), CAST(:typed AS bigint)) AS key) AS a
LEFT JOIN bellwork.notices n ON n.kind = 'courses.lab_idle' AND n.key = a.key
WHERE s.id = :session AND s.reset_count = :reset_no AND s.status IN ('running', 'paused') FOR NO KEY UPDATE OF s
"""


class Idle(NamedTuple):
    """A session that runs, how long nobody has done anything in it, and whether he was warned of that long enough ago.

    `key` is the warning's.
    """

    user_id: UUID
    title: str
    key: str
    seconds: float
    was_warned: bool


def look_idle(conn: Connection, session_id: UUID, reset_no: int, typed_at: int, rests: float) -> Idle | None:
    """Return how long nobody has done anything in a session, and hold it; None where it is over, or was reset.

    `typed_at` is when something was typed last, in seconds since 1970, and `rests` for how many seconds nothing was:
    both by the clock of the lab's host, which may go wrong.
    """
    asked = {"session": session_id, "reset_no": reset_no, "typed": typed_at, "rests": rests, "warned": WARNED}
    row = conn.execute(sql(_IDLE), asked).one_or_none()
    return Idle(row.user_id, row.title, row.key, float(row.seconds), row.was_warned) if row else None
