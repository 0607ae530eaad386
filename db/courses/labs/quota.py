"""What a plan allows: how many labs at once, and how many hours of them in a month (learncraft: plans)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.courses.tables import Tier
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Seconds of labs in a month (UTC) by plan; None: as many as one likes. Plans that are not named have none.
MONTHLY: dict[str, float | None] = {Tier.PRO: 5 * 3600.0, Tier.PREMIUM: None, Tier.ENTERPRISE: None}
#: Labs of a learner that live at once, his next one included.
AT_ONCE = 2

_LOCK = """
SELECT u.id, u.subscription_tier FROM {courses}.users u JOIN {courses}.lab_sessions s ON s.user_id = u.id
WHERE s.id = :session FOR NO KEY UPDATE OF u
"""
_USED = """
SELECT coalesce(sum(greatest(0, extract(epoch FROM ended - greatest(started_at, month)))), 0)
FROM (
    SELECT started_at, date_trunc('month', now(), 'UTC') AS month,
           CASE WHEN status IN ('running', 'paused') THEN now() WHEN status = 'completed' THEN completed_at
                WHEN status = 'expired' THEN least(expires_at, now()) ELSE least(expires_at, updated_at) END AS ended
    FROM {courses}.lab_sessions WHERE user_id = :user AND started_at IS NOT NULL
) AS spent WHERE ended > month
"""
_ALIVE = """
SELECT count(*) FROM {courses}.lab_sessions
WHERE user_id = :user AND id <> :session AND status IN ('provisioning', 'running', 'paused')
"""


def lock_learner(conn: Connection, session_id: UUID) -> tuple[UUID, str] | None:
    """Lock the learner of a session, so that what he may have is decided for one of his sessions at a time.

    Returns his id and his plan; None where there is no such session.
    """
    row = conn.execute(sql(_LOCK), {"session": session_id}).one_or_none()
    return (UUID(str(row[0])), str(row[1])) if row else None


def refusal(conn: Connection, user_id: UUID, plan: str, seconds: float) -> str:
    """Say why a learner, who is locked, may not have so many seconds of labs more; nothing where he may.

    What he has used is all from the start to the end, or to now, of his sessions within this month (UTC).
    """
    if plan not in MONTHLY:
        return "Your plan has no labs."
    allowed = MONTHLY[plan]
    if allowed is None:
        return ""
    used = float(conn.execute(sql(_USED), {"user": user_id}).scalar_one())
    if used + seconds <= allowed:
        return ""
    left = round(max(0, allowed - used) / 60)
    return f"Your plan has {allowed / 3600:g} hours of labs a month; {left} minutes of them are left."


def too_many(conn: Connection, user_id: UUID, session_id: UUID) -> str:
    """Say why a learner, who is locked, may not have one lab more beside those that live; nothing where he may."""
    alive = conn.execute(sql(_ALIVE), {"user": user_id, "session": session_id}).scalar_one()
    return f"You have {alive} labs open; end one of them first." if alive >= AT_ONCE else ""
