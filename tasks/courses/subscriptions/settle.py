"""Settles the end of one period of one subscription: it was paid, refused, or nobody knows yet.

Payments are asked before the transaction, and by reading alone: whoever is killed in between asks again, and nothing is
paid twice by that.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.courses.subscriptions import Due, expire, hold, note_unknown, refuse, renew, told
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.webhooks import emit
from bellwork.tasks.courses.subscriptions.periods import EXPIRES_AFTER, dunning_day, is_over, next_period
from bellwork.tasks.courses.tell import tell
from bellwork.tasks.providers import payments
from bellwork.tasks.providers.errors import BadAnswer, ProviderBusy, ProviderError, ProviderRefused
from bellwork.tasks.providers.payments import Answer, Paid, Refused, Unknown
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dramatiq.actor(
    actor_name="courses.settle_period",
    queue_name="courses",
    max_retries=3,
    time_limit=60_000,
    callers="internal",
    subject="subscription_id",
    unique="waiting",
)
def settle_period(subscription_id: UUID, period_end: datetime) -> None:
    """Settle a period that has ended, once; one that was settled, or ended otherwise, meanwhile stays as it is."""
    with transaction() as conn:
        asked = hold(conn, subscription_id, period_end, lock=False)
    provider = payments()
    if asked is None or provider is None:
        return
    answer = _ask(asked)
    reach("payments_answered", str(subscription_id))
    with job.transaction() as conn:
        due = hold(conn, subscription_id, period_end)
        if due is not None:
            _settle(conn, due, answer)


def send_settle(subscription_id: UUID, period_end: datetime) -> None:
    """Have a period settled, in the caller's transaction; one job at a time has it."""
    asked = {"subscription_id": subscription_id, "period_end": period_end}
    settle_period.send_with_options(kwargs=asked, unique_key=f"courses.settle_period:{subscription_id}")


def _ask(due: Due) -> Answer:
    """Ask, and take what is no answer for not knowing; who refuses us altogether ends the job, with the reason."""
    provider = payments()
    if provider is None or not due.payments_id:
        return Unknown("it has no number at the payments (stripe_subscription_id)")
    try:
        return provider.period(due.payments_id, due.end)
    except (ProviderError, ProviderBusy, BadAnswer) as lost:
        return Unknown(str(lost))
    except ProviderRefused as refused:
        raise Permanent(str(refused)) from refused


def _settle(conn: Connection, due: Due, answer: Answer) -> None:
    if isinstance(answer, Paid):
        anchor, reckoned = next_period(due.anchored_at, due.start, due.end)
        until = answer.until if answer.until and answer.until > due.end else reckoned
        renew(conn, due, until, anchor)
        if until <= due.now:
            send_settle(due.id, until)
        return
    if isinstance(answer, Refused):
        refuse(conn, due, answer.said)
    else:
        note_unknown(conn, due, answer.said)
    _dun(conn, due, first=isinstance(answer, Refused))


def _dun(conn: Connection, due: Due, *, first: bool) -> None:
    """Tell of what was refused, on its days, and end it after the last; also where today's answer was lost."""
    refused_at = due.refused_at or (due.now if first else None)
    if refused_at is None:
        return
    if is_over(refused_at, due.now):
        expire(conn, due)
        emit(conn, "subscription.cancelled", {"subscription_id": due.id}, f"{due.id}:{due.end.isoformat()}")
        _tell(conn, due, "ended", "Your subscription has ended", "The payment for it was refused for two weeks.")
        return
    day = dunning_day(refused_at, due.now, due.told_day)
    if day is not None:
        told(conn, due, day)
        left = (EXPIRES_AFTER - (due.now - refused_at)).days
        text = f"The payment for your subscription was refused. You keep it for {left} days, in which it can be paid."
        _tell(conn, due, f"day {day}", "Your payment was refused", text)


def _tell(conn: Connection, due: Due, what: str, subject: str, text: str) -> None:
    tell(conn, due.user_id, "payment_refused", f"{due.id}:{due.end.isoformat()}:{what}", subject=subject, text=text)
