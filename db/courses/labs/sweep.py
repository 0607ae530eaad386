"""What is over, late, or about to end: found by partial indexes, moved a set at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.labs.begin import ToRelease
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

#: Minutes that a session may be pending or provisioning, and minutes before its end in which its learner is warned.
STUCK, WARNED = 5, 5
#: Minutes after which a container's release is sent for once more.
RELEASED = 5

# An array is made once: a sub-select with LIMIT might be made for each row that is looked at. What is just being
# extended is locked, and left for the next sweep.
_EXPIRE = """
WITH over AS (
    UPDATE {courses}.lab_sessions SET status = 'expired', terminal_url = NULL, updated_at = now()
    WHERE id = ANY(ARRAY(
        SELECT id FROM {courses}.lab_sessions WHERE status IN ('running', 'paused') AND expires_at <= now()
        ORDER BY expires_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING id
), let_go AS (
    UPDATE {courses}.lab_containers c SET state = 'releasing', changed_at = now()
    FROM over WHERE c.lab_session_id = over.id AND c.state IN ('asked', 'running')
    RETURNING c.lab_session_id, c.container_id, c.host
)
SELECT over.id, let_go.container_id, let_go.host FROM over LEFT JOIN let_go ON let_go.lab_session_id = over.id
"""
_STUCK = """
WITH late AS (
    UPDATE {courses}.lab_sessions SET status = 'failed', updated_at = now()
    WHERE id = ANY(ARRAY(
        SELECT id FROM {courses}.lab_sessions
        WHERE status IN ('pending', 'provisioning') AND updated_at < now() - :minutes * interval '1 minute'
        ORDER BY updated_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING id, user_id
), let_go AS (
    UPDATE {courses}.lab_containers c SET state = 'releasing', changed_at = now()
    FROM late WHERE c.lab_session_id = late.id AND c.state IN ('asked', 'running')
    RETURNING c.lab_session_id, c.container_id, c.host
)
SELECT late.id, late.user_id, let_go.container_id, let_go.host
FROM late LEFT JOIN let_go ON let_go.lab_session_id = late.id
"""
_UNWARNED = """
SELECT s.id, s.user_id, s.expires_at, l.title, s.id || ':' || extract(epoch FROM s.expires_at) AS key
FROM {courses}.lab_sessions s JOIN {courses}.labs l ON l.id = s.lab_id
WHERE s.status IN ('running', 'paused') AND s.expires_at > now()
  AND s.expires_at <= now() + :minutes * interval '1 minute'
  AND NOT EXISTS (SELECT FROM bellwork.notices n WHERE n.kind = 'courses.lab_ends'
                  AND n.key = s.id || ':' || extract(epoch FROM s.expires_at))
ORDER BY s.expires_at LIMIT :most
"""
_OVERDUE = """
SELECT container_id, host FROM {courses}.lab_containers
WHERE state = 'releasing' AND changed_at < now() - :minutes * interval '1 minute'
ORDER BY changed_at LIMIT :most
"""


class Ending(NamedTuple):
    """A session that ends soon, and whose learner was not told of this end; `key` is another one after an extension."""

    session_id: UUID
    user_id: UUID
    expires_at: datetime
    title: str
    key: str


class Late(NamedTuple):
    """A session that was not running in time and has failed, with its container where one was asked for."""

    session_id: UUID
    user_id: UUID
    container: ToRelease | None


def expire(conn: Connection, most: int) -> tuple[int, list[ToRelease]]:
    """Let up to `most` sessions that are over expire; returns how many, and what is to be released."""
    rows = conn.execute(sql(_EXPIRE), {"most": most}).all()
    to_release = [ToRelease(row.container_id, row.host) for row in rows if row.container_id is not None]
    return len({row.id for row in rows}), to_release


def fail_stuck(conn: Connection, most: int) -> list[Late]:
    """Let up to `most` sessions fail that have been pending or provisioning for five minutes."""
    rows = conn.execute(sql(_STUCK), {"most": most, "minutes": STUCK})
    return [Late(row.id, row.user_id, ToRelease(row.container_id, row.host) if row.host else None) for row in rows]


def unwarned(conn: Connection, most: int) -> list[Ending]:
    """Return up to `most` sessions that end within five minutes, of which their learners have not been told."""
    return [Ending(*row) for row in conn.execute(sql(_UNWARNED), {"most": most, "minutes": WARNED})]


def overdue_releases(conn: Connection, most: int) -> list[ToRelease]:
    """Return containers that have been releasing for five minutes: their jobs may be dead."""
    return [ToRelease(*row) for row in conn.execute(sql(_OVERDUE), {"most": most, "minutes": RELEASED})]
