"""Ends subscriptions whose learners wanted that at the end of the period: nobody is asked, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.subscriptions.settle import TIERS
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

# Who settles one of them just now is not waited for: it is done in the next hour.
_CANCEL = """
WITH due AS (
    SELECT id FROM {courses}.subscriptions
    WHERE status IN ('active', 'past_due') AND current_period_end <= now() AND cancel_at_period_end
    ORDER BY current_period_end LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
), cancelled AS (
    UPDATE {courses}.subscriptions s SET status = 'cancelled', updated_at = now()
    FROM due WHERE s.id = due.id RETURNING s.id, s.user_id, s.current_period_end
), noted AS (
    INSERT INTO {courses}.subscription_periods (subscription_id, period_end, state)
    SELECT id, current_period_end, 'cancelled' FROM cancelled
    ON CONFLICT (subscription_id, period_end) DO UPDATE SET state = 'cancelled', asked_at = now()
)
SELECT id, user_id, current_period_end FROM cancelled ORDER BY id
"""


class Cancelled(NamedTuple):
    """A subscription that ended as its learner wanted."""

    id: UUID
    user_id: UUID
    period_end: datetime


def cancel_due(conn: Connection, most: int) -> list[Cancelled]:
    """Cancel what is due, and give each learner the tier that is left; returns those that were cancelled by this."""
    found = [Cancelled(*row) for row in conn.execute(sql(_CANCEL), {"most": most})]
    if found:
        conn.execute(sql(TIERS), {"users": [each.user_id for each in found]})
    return found
