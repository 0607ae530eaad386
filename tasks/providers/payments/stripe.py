"""Asks a server that speaks Stripe's HTTP for the invoices of a subscription; it only ever reads (GET).

The invoice object's `status`, `attempt_count` and the `period` of its lines are those of Stripe's API reference,
"The Invoice object": Stripe charges by itself when a period begins, and tries again by its own rules.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.payments.protocol import Answer, Paid, Refused, Unknown
from bellwork.tasks.providers.wire import Patience, connect, persist, verdict, within

#: No more of an answer is read.
_CAP = 2 * 1024 * 1024
_PATIENCE = Patience(total=26, each=10)
#: An invoice is made when its period begins, give or take what clocks and Stripe's own queues do.
_EARLY, _INSIDE = timedelta(days=2), timedelta(hours=1)
_FAILED = frozenset({"uncollectible", "void"})
_WHO = "the payments"


class Stripe:
    """Payments over HTTP. Every call ends within its patience."""

    def __init__(self, base_url: str, key: str | None, *, patience: Patience = _PATIENCE) -> None:
        self._url, self._key, self._patience = f"{base_url.rstrip('/')}/v1/invoices", key, patience

    def period(self, subscription: str, begins_at: datetime) -> Answer:
        """Read the invoices since shortly before the period, and judge by those that cover its first hour."""
        since = int((begins_at - _EARLY).timestamp())
        asked = {"subscription": subscription, "created[gte]": str(since), "limit": "100"}

        def ask(seconds: float) -> Answer:
            said = within(seconds, _WHO, lambda: self._get(asked, seconds))
            return _judged(_invoices(said), begins_at + _INSIDE)

        return persist(ask, self._patience)

    async def _get(self, asked: dict[str, str], seconds: float) -> bytes:
        headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
        async with connect(_WHO, _CAP, seconds, self._patience.connect) as http:
            answer = await http.get(self._url, params=asked, headers=headers)
            if not answer.is_success:
                raise verdict(_WHO, answer.status_code, answer.headers, answer.text)
            return answer.content


def _invoices(said: bytes) -> list[dict[str, Any]]:
    try:
        found = [dict(each) for each in json.loads(said)["data"]]
    except (ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadAnswer(f"{_WHO} answered with no list of invoices") from wrong
    if not all(isinstance(each.get("status"), str | None) for each in found):
        raise BadAnswer(f"{_WHO} answered with an invoice whose status is no word")
    return found


def _judged(invoices: list[dict[str, Any]], moment: datetime) -> Answer:
    """Believe a payment before a refusal: an invoice may be made anew after one that failed."""
    covering = [(each, end) for each in invoices if (end := _covers(each, moment)) is not None]
    paid = [end for each, end in covering if each.get("status") == "paid"]
    if paid:
        return Paid(max(paid))
    refused = [each for each, _ in covering if each.get("status") in _FAILED or _was_tried(each)]
    if refused:
        return Refused(f"the invoice is {refused[0]['status']}")
    return Unknown("the invoice is not settled yet" if covering else "there is no invoice of this period yet")


def _was_tried(invoice: dict[str, Any]) -> bool:
    tries = invoice.get("attempt_count")
    return invoice.get("status") == "open" and isinstance(tries, int) and tries > 0


def _covers(invoice: dict[str, Any], moment: datetime) -> datetime | None:
    """Return the last end of the invoice's lines whose period a moment is in; None where it is in none."""
    try:
        periods = [(line["period"]["start"], line["period"]["end"]) for line in invoice["lines"]["data"]]
        ends = [_at(end) for start, end in periods if _at(start) <= moment < _at(end)]
    except (KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise BadAnswer(f"{_WHO} answered with an invoice that has no periods") from wrong
    return max(ends, default=None)


def _at(seconds: object) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise TypeError("a time of Stripe is a whole number of seconds")
    return datetime.fromtimestamp(seconds, UTC)
