"""What becomes of a subscription at the end of a period, in the transaction that holds it; the key is the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses.tables import SUBSCRIPTION_MACHINE, PeriodState, SubscriptionStatus
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.courses.subscriptions.due import Due

_NOTE = """
INSERT INTO {courses}.subscription_periods (subscription_id, period_end, state, said, refused_at)
VALUES (:id, :end, CAST(:state AS text), :said, CASE WHEN CAST(:state AS text) = 'refused' THEN now() END)
ON CONFLICT (subscription_id, period_end) DO UPDATE
SET state = CASE WHEN EXCLUDED.state = 'unknown' AND subscription_periods.state = 'refused' THEN 'refused'
                 ELSE EXCLUDED.state END,
    said = EXCLUDED.said, asked_at = now(),
    refused_at = coalesce(subscription_periods.refused_at, EXCLUDED.refused_at)
"""
_RENEW = """
UPDATE {courses}.subscriptions
SET status = 'active', current_period_start = :end, current_period_end = :until, anchored_at = :anchored_at,
    updated_at = now()
WHERE id = :id AND status = ANY(CAST(:sources AS text[])) AND current_period_end = :end
"""
_PAST_DUE = """
UPDATE {courses}.subscriptions SET status = 'past_due', updated_at = now()
WHERE id = :id AND status = ANY(CAST(:sources AS text[])) AND current_period_end = :end
"""
_EXPIRE = """
UPDATE {courses}.subscriptions SET status = 'expired', updated_at = now()
WHERE id = :id AND status = ANY(CAST(:sources AS text[])) AND current_period_end = :end
"""
# The tier of another subscription that lives, where a team's tables allow for one; else free.
TIERS = """
UPDATE {courses}.users u SET updated_at = now(), subscription_tier = coalesce((
    SELECT s.tier FROM {courses}.subscriptions s
    WHERE s.user_id = u.id AND s.status IN ('active', 'past_due') ORDER BY s.tier DESC LIMIT 1), 'free')
WHERE u.id = ANY(CAST(:users AS uuid[]))
"""
_TOLD = """
UPDATE {courses}.subscription_periods SET told_day = :day WHERE subscription_id = :id AND period_end = :end
"""
_ACTIVE = [SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE]


def note_unknown(conn: Connection, due: Due, said: str) -> None:
    """Keep that payments were asked and nothing is known; what was refused before stays refused."""
    _note(conn, due, PeriodState.UNKNOWN, said)


def renew(conn: Connection, due: Due, until: datetime, anchor: datetime) -> None:
    """Begin the next period, which was paid; `anchor` is what later ends are months after."""
    _note(conn, due, PeriodState.PAID, None)
    conn.execute(sql(_RENEW), _of(due) | {"until": until, "anchored_at": anchor, "sources": _ACTIVE})


def refuse(conn: Connection, due: Due, said: str) -> None:
    """Keep that the payment was refused; the tier stays."""
    _note(conn, due, PeriodState.REFUSED, said)
    conn.execute(sql(_PAST_DUE), _of(due) | {"sources": _sources(SubscriptionStatus.PAST_DUE)})


def expire(conn: Connection, due: Due) -> None:
    """End a subscription that was not paid for, and take its tier, in one."""
    _note(conn, due, PeriodState.EXPIRED, None)
    conn.execute(sql(_EXPIRE), _of(due) | {"sources": _sources(SubscriptionStatus.EXPIRED)})
    conn.execute(sql(TIERS), {"users": [due.user_id]})


def told(conn: Connection, due: Due, day: int) -> None:
    """Keep the day of dunning that the learner was told of."""
    conn.execute(sql(_TOLD), _of(due) | {"day": day})


def _note(conn: Connection, due: Due, state: PeriodState, said: str | None) -> None:
    conn.execute(sql(_NOTE), _of(due) | {"state": state, "said": said})


def _of(due: Due) -> dict[str, object]:
    return {"id": due.id, "end": due.end}


def _sources(to: SubscriptionStatus) -> list[str]:
    return sorted(SUBSCRIPTION_MACHINE.sources(to))
