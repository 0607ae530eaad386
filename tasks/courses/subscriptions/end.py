"""The hourly round over periods that have ended."""

from __future__ import annotations

import dramatiq

from bellwork.db.courses.subscriptions import cancel_due, select_due
from bellwork.db.webhooks import emit
from bellwork.tasks.courses.subscriptions.settle import send_settle
from bellwork.tasks.courses.tell import tell
from bellwork.tasks.providers import payments
from bellwork.workers import job

_MOST = 1_000
_BEGIN = ("-infinity", "00000000-0000-0000-0000-000000000000")


@dramatiq.actor(
    actor_name="courses.end_periods", queue_name="courses", max_retries=3, time_limit=120_000, callers="internal"
)
def end_periods(after_end: str = _BEGIN[0], after_id: str = _BEGIN[1]) -> None:
    """Cancel what is to end with its period, and have payments asked for the rest, a job for each subscription.

    Whoever has more than a thousand goes on in the next job, behind the last one.
    """
    asks = payments() is not None
    with job.transaction() as conn:
        cancelled = cancel_due(conn, _MOST)
        for each in cancelled:
            key = f"{each.id}:{each.period_end.isoformat()}"
            emit(conn, "subscription.cancelled", {"subscription_id": each.id}, key)
            text = "Your subscription has ended with its period, as you wanted."
            tell(conn, each.user_id, "subscription_ended", key, subject="Your subscription has ended", text=text)
        due = select_due(conn, (after_end, after_id), _MOST) if asks else []
        for subscription_id, period_end in due:
            send_settle(subscription_id, period_end)
        if len(due) == _MOST:
            last_id, last_end = due[-1]
            end_periods.send(after_end=last_end.isoformat(), after_id=str(last_id))
        elif len(cancelled) == _MOST:
            end_periods.send(after_end=after_end, after_id=after_id)
