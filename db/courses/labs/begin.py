"""From pending to running: what a learner may have is decided, and his container written down before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.labs.quota import lock_learner, refusal, too_many
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

_READ = """
SELECT s.status, s.user_id, s.reset_count, l.duration_minutes, EXISTS (
    SELECT FROM {courses}.lab_sessions b JOIN {courses}.lab_containers c ON c.lab_session_id = b.id
    WHERE b.user_id = s.user_id AND b.lab_id = s.lab_id AND b.id <> s.id
      AND c.state = 'releasing' AND c.changed_at > now() - interval '1 minute') AS waits
FROM {courses}.lab_sessions s JOIN {courses}.labs l ON l.id = s.lab_id WHERE s.id = :session
"""
_PROVISIONING = """
UPDATE {courses}.lab_sessions SET status = 'provisioning', updated_at = now()
WHERE id = :session AND status = 'pending'
"""
_ASKED = """
INSERT INTO {courses}.lab_containers (lab_session_id, reset_no, container_id, host)
VALUES (:session, :reset_no, :container, :host) ON CONFLICT (lab_session_id, reset_no) DO NOTHING
"""
_HOST = "SELECT host FROM {courses}.lab_containers WHERE lab_session_id = :session AND reset_no = :reset_no"
_FAIL = """
WITH failed AS (
    UPDATE {courses}.lab_sessions SET status = 'failed', terminal_url = NULL, updated_at = now()
    WHERE id = :session AND status = ANY(CAST(:from AS {courses}.session_status[]))
      AND reset_count = coalesce(CAST(:reset_no AS int), reset_count) RETURNING id, user_id
), let_go AS (
    UPDATE {courses}.lab_containers c SET state = 'releasing', changed_at = now()
    FROM failed WHERE c.lab_session_id = failed.id AND c.state IN ('asked', 'running') RETURNING c.container_id, c.host
)
SELECT failed.user_id, let_go.container_id, let_go.host FROM failed LEFT JOIN let_go ON true
"""
# The session is locked before its container, as by whoever ends it.
_STARTED = """
WITH locked AS MATERIALIZED (
    SELECT id FROM {courses}.lab_sessions WHERE id = :session AND status = 'provisioning' FOR NO KEY UPDATE
), ours AS (
    UPDATE {courses}.lab_containers c SET state = 'running', changed_at = now()
    FROM locked WHERE c.container_id = :container AND c.lab_session_id = locked.id AND c.state = 'asked'
    RETURNING c.lab_session_id
)
UPDATE {courses}.lab_sessions s SET status = 'running', container_id = :container, pod_name = :container,
    started_at = now(), expires_at = now() + l.duration_minutes * interval '1 minute', updated_at = now()
FROM ours, {courses}.labs l
WHERE s.id = ours.lab_session_id AND l.id = s.lab_id AND s.status = 'provisioning'
RETURNING s.expires_at
"""
_PUBLISH = """
UPDATE {courses}.lab_sessions SET terminal_url = :url
WHERE id = :session AND container_id = :container AND status IN ('running', 'paused')
"""


class Begun(NamedTuple):
    """A session that is provisioning: its container's id, the host that it was written down for, and whose it is."""

    container_id: str
    host: str
    user_id: UUID


class Refused(NamedTuple):
    """A session that failed at once, whose it was, and why."""

    user_id: UUID
    reason: str


class ToRelease(NamedTuple):
    """A container that is to be released, on its host."""

    container_id: str
    host: str


class Failed(NamedTuple):
    """A session that failed just now: whose it was, and what is to be released."""

    user_id: UUID
    containers: list[ToRelease]


def container_id(session_id: UUID, reset_no: int) -> str:
    """Name the container of a session and reset: chosen by us, so that asking twice makes one."""
    return f"lab-{session_id}-{reset_no}"


def begin(conn: Connection, session_id: UUID, host: str) -> Begun | Refused | float | None:
    """Take a session from pending to provisioning, and write its container down for `host`, in the open transaction.

    The learner is locked meanwhile. Refused where his plan does not allow it; seconds to wait where his last session of
    this lab is still being put away; None where there is no such session or it is over. The same again, and by another
    host, returns what was written first.
    """
    learner = lock_learner(conn, session_id)
    row = conn.execute(sql(_READ), {"session": session_id}).one_or_none()
    if learner is None or row is None or row.status not in {"pending", "provisioning"}:
        return None
    user_id, plan = learner
    if row.status == "pending":
        why = refusal(conn, user_id, plan, row.duration_minutes * 60) or too_many(conn, user_id, session_id)
        if why:
            fail(conn, session_id, "pending")
            return Refused(user_id, why)
        if row.waits:
            return 1.0
        if not conn.execute(sql(_PROVISIONING), {"session": session_id}).rowcount:
            return None
    here = {"session": session_id, "reset_no": row.reset_count}
    name = container_id(session_id, row.reset_count)
    conn.execute(sql(_ASKED), {**here, "container": name, "host": host})
    return Begun(name, str(conn.execute(sql(_HOST), here).scalar_one()), user_id)


def started(conn: Connection, session_id: UUID, container: str) -> datetime | None:
    """Let a session run in its container from now on; returns when it ends, by its lab's duration.

    None where it runs already, or failed meanwhile: `unwanted` tells which.
    """
    expires_at: datetime | None = conn.execute(sql(_STARTED), {"session": session_id, "container": container}).scalar()
    return expires_at


def publish(conn: Connection, session_id: UUID, container: str, url: str | None) -> None:
    """Say where the terminal of a running session's container is reached."""
    conn.execute(sql(_PUBLISH), {"session": session_id, "container": container, "url": url})


def fail(conn: Connection, session_id: UUID, *from_: str, reset_no: int | None = None) -> Failed | None:
    """Let a session fail that is in one of these statuses, and after so many resets where that is said.

    None where it is in another: it stays as it is.
    """
    rows = conn.execute(sql(_FAIL), {"session": session_id, "from": list(from_), "reset_no": reset_no}).all()
    if not rows:
        return None
    return Failed(rows[0].user_id, [ToRelease(row.container_id, row.host) for row in rows if row.container_id])
