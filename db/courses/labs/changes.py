"""What happens to a session that runs: it is extended, reset, judged, ended. Each is one compare-and-set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.courses.labs.begin import ToRelease, container_id
from bellwork.db.courses.labs.quota import lock_learner, refusal
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

#: Minutes that one extension adds (learncraft's sample of the call).
EXTENSION = 30
_LEFT = """
SELECT extract(epoch FROM expires_at - now()) FROM {courses}.lab_sessions
WHERE id = :session AND status IN ('running', 'paused') AND expires_at > now()
"""
_EXTEND = """
UPDATE {courses}.lab_sessions SET expires_at = expires_at + :minutes * interval '1 minute', updated_at = now()
WHERE id = :session AND status IN ('running', 'paused') AND expires_at > now()
RETURNING expires_at, container_id, terminal_url
"""
_RESET = """
WITH again AS (
    UPDATE {courses}.lab_sessions SET reset_count = :reset_no, terminal_url = NULL, updated_at = now()
    WHERE id = :session AND reset_count = :reset_no - 1 AND status IN ('running', 'paused') AND expires_at > now()
    RETURNING id
), asked AS (
    INSERT INTO {courses}.lab_containers (lab_session_id, reset_no, container_id, host)
    SELECT id, :reset_no, :container, :host FROM again ON CONFLICT DO NOTHING
), let_go AS (
    UPDATE {courses}.lab_containers c SET state = 'releasing', changed_at = now()
    FROM again WHERE c.lab_session_id = again.id AND c.reset_no < :reset_no AND c.state IN ('asked', 'running')
    RETURNING c.container_id, c.host
)
SELECT container_id, host FROM let_go
"""
_RESETTING = """
SELECT c.state = 'asked' FROM {courses}.lab_sessions s JOIN {courses}.lab_containers c ON c.lab_session_id = s.id
WHERE s.id = :session AND s.status IN ('running', 'paused') AND s.reset_count = :reset_no AND c.reset_no = :reset_no
"""
# The session is locked before its container, as by whoever ends it.
_RESET_DONE = """
WITH locked AS MATERIALIZED (
    SELECT s.id FROM {courses}.lab_sessions s JOIN {courses}.lab_containers c ON c.lab_session_id = s.id
    WHERE c.container_id = :container AND s.reset_count = c.reset_no AND s.status IN ('running', 'paused')
    FOR NO KEY UPDATE OF s
), ours AS (
    UPDATE {courses}.lab_containers c SET state = 'running', changed_at = now()
    FROM locked WHERE c.container_id = :container AND c.lab_session_id = locked.id AND c.state = 'asked'
    RETURNING c.lab_session_id, c.reset_no
)
UPDATE {courses}.lab_sessions s SET container_id = :container, pod_name = :container, updated_at = now()
FROM ours WHERE s.id = ours.lab_session_id AND s.reset_count = ours.reset_no AND s.status IN ('running', 'paused')
RETURNING s.expires_at
"""
_VERDICT = """
UPDATE {courses}.lab_sessions s SET validation_result = CAST(:verdict AS jsonb), updated_at = now(),
    status = CASE WHEN :passed THEN 'completed' ELSE s.status END,
    completed_at = CASE WHEN :passed THEN now() ELSE s.completed_at END,
    terminal_url = CASE WHEN :passed THEN NULL ELSE s.terminal_url END
FROM {courses}.labs l
WHERE s.id = :session AND l.id = s.lab_id AND s.container_id = :container AND s.status IN ('running', 'paused')
RETURNING s.user_id, l.lesson_id
"""
_END = """
UPDATE {courses}.lab_sessions SET updated_at = now(), terminal_url = NULL,
    status = CAST(CASE WHEN status IN ('running', 'paused') THEN 'expired' ELSE 'failed' END
                  AS {courses}.session_status),
    expires_at = CASE WHEN status IN ('running', 'paused') THEN least(expires_at, now()) ELSE expires_at END
WHERE id = :session AND status IN ('pending', 'provisioning', 'running', 'paused')
RETURNING user_id
"""
_LET_GO = """
UPDATE {courses}.lab_containers SET state = 'releasing', changed_at = now()
WHERE lab_session_id = :session AND state IN ('asked', 'running') RETURNING container_id, host
"""


class Extended(NamedTuple):
    """A session that goes on until `expires_at`, and where its terminal was reached until now."""

    expires_at: datetime
    container_id: str
    terminal_url: str | None


class Passed(NamedTuple):
    """A judged session that is passed: whose it was, its lesson, and what is to be released."""

    user_id: UUID
    lesson_id: UUID
    containers: list[ToRelease]


class Ended(NamedTuple):
    """A session that was ended by its learner, and what is to be released."""

    user_id: UUID
    containers: list[ToRelease]


def extend(conn: Connection, session_id: UUID) -> Extended | tuple[UUID, str] | None:
    """Let a session go on for half an hour more, in the caller's transaction, where its learner's plan allows that.

    Else the learner and why not; None where the session is over, which it is from `expires_at` on, swept or not.
    """
    learner = lock_learner(conn, session_id)
    left = conn.execute(sql(_LEFT), {"session": session_id}).scalar()
    if learner is None or left is None:
        return None
    user_id, plan = learner
    if why := refusal(conn, user_id, plan, float(left) + EXTENSION * 60):
        return user_id, why
    row = conn.execute(sql(_EXTEND), {"session": session_id, "minutes": EXTENSION}).one_or_none()
    return Extended(*row) if row else None


def reset(conn: Connection, session_id: UUID, reset_no: int, host: str) -> list[ToRelease] | None:
    """Begin the reset of this number: the next container is written down, the one before is to be released.

    Returns what is to be released, which is nothing where this reset was begun before and is not done; None where there
    is nothing to do: the reset is done, another number's turn, or the session is over.
    """
    name = container_id(session_id, reset_no)
    asked = {"session": session_id, "reset_no": reset_no, "container": name, "host": host}
    old = [ToRelease(*row) for row in conn.execute(sql(_RESET), asked)]
    return old if is_resetting(conn, session_id, reset_no) else None


def reset_done(conn: Connection, container: str) -> datetime | None:
    """Let a session go on in its new container; returns when it ends.

    None where it does already, was reset once more, or is over: `unwanted` tells which.
    """
    expires_at: datetime | None = conn.execute(sql(_RESET_DONE), {"container": container}).scalar()
    return expires_at


def judged(
    conn: Connection, session_id: UUID, container: str, verdict: dict[str, Any], *, passed: bool
) -> Passed | tuple[UUID, UUID] | None:
    """Keep what a judge found in a session's container; passed, the session is completed.

    Returns the learner and the lesson; None where the session is over, or was reset meanwhile.
    """
    asked = {"session": session_id, "container": container, "verdict": json.dumps(verdict), "passed": passed}
    row = conn.execute(sql(_VERDICT), asked).one_or_none()
    if row is None:
        return None
    return Passed(row[0], row[1], _let_go(conn, session_id)) if passed else (row[0], row[1])


def end(conn: Connection, session_id: UUID) -> Ended | None:
    """End a session for its learner: one that ran is expired as of now, another has failed; None where it is over."""
    user_id = conn.execute(sql(_END), {"session": session_id}).scalar()
    return None if user_id is None else Ended(user_id, _let_go(conn, session_id))


def is_resetting(conn: Connection, session_id: UUID, reset_no: int) -> bool:
    """Say whether a session's reset of this number was begun and is not done."""
    return bool(conn.execute(sql(_RESETTING), {"session": session_id, "reset_no": reset_no}).scalar())


def _let_go(conn: Connection, session_id: UUID) -> list[ToRelease]:
    return [ToRelease(*row) for row in conn.execute(sql(_LET_GO), {"session": session_id})]
