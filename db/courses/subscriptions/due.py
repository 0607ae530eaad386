"""Which periods have ended, and one of them, held while it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

# One that is past due is asked for once in six hours: payments are tried again by days.
_SELECT = """
SELECT s.id, s.current_period_end FROM {courses}.subscriptions s
LEFT JOIN {courses}.subscription_periods p
    ON p.subscription_id = s.id AND p.period_end = s.current_period_end AND p.state = 'refused'
WHERE s.status IN ('active', 'past_due') AND s.current_period_end <= now() AND NOT s.cancel_at_period_end
  AND (s.current_period_end, s.id) > (CAST(:after_end AS timestamptz), CAST(:after_id AS uuid))
  AND coalesce(p.asked_at <= now() - interval '6 hours', true)
ORDER BY s.current_period_end, s.id LIMIT :most
"""
_ONE = """
SELECT s.id, s.user_id, s.status, s.stripe_subscription_id, s.current_period_start, s.current_period_end,
       coalesce(s.anchored_at, s.current_period_start) AS anchored_at, p.refused_at, p.told_day, now() AS now
FROM {courses}.subscriptions s
LEFT JOIN {courses}.subscription_periods p ON p.subscription_id = s.id AND p.period_end = s.current_period_end
WHERE s.id = :id AND s.current_period_end = :period_end AND s.current_period_end <= now()
  AND s.status IN ('active', 'past_due') AND NOT s.cancel_at_period_end
"""
_HELD = _ONE + "FOR NO KEY UPDATE OF s"


class Due(NamedTuple):
    """A subscription at the end of a period; `now` is PostgreSQL's."""

    id: UUID
    user_id: UUID
    status: str
    payments_id: str | None
    start: datetime
    end: datetime
    anchored_at: datetime
    refused_at: datetime | None
    told_day: int | None
    now: datetime


def select_due(conn: Connection, after: tuple[datetime | str, UUID | str], most: int) -> list[tuple[UUID, datetime]]:
    """List the subscriptions whose period has ended and that payments are to be asked for, behind the last one."""
    end, id_ = after
    asked = {"after_end": end, "after_id": id_, "most": most}
    return [(row.id, row.current_period_end) for row in conn.execute(sql(_SELECT), asked)]


def hold(conn: Connection, subscription_id: UUID, period_end: datetime, *, lock: bool = True) -> Due | None:
    """Return a subscription whose period that is, and hold it; None where the period was settled meanwhile."""
    asked = {"id": subscription_id, "period_end": period_end}
    row = conn.execute(sql(_HELD if lock else _ONE), asked).one_or_none()
    return Due(*row) if row else None
