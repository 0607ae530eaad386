"""What of the content system calls for people: alerts that are open, and that nobody looks whether there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.alerts.rules import SILENT_AFTER
from bellwork.db.content.alerts.state import checked_at, open_alerts
from bellwork.db.vocabulary import Concern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_QUEUES, _FAILURES, _HOURS = "`bellwork queues list`", "`bellwork failures list`", "`bellwork figures content hours`"
#: What shows more of an alert, by its kind.
_NEXT = {
    "waiting": _QUEUES,
    "oldest": _QUEUES,
    "failures": f"{_FAILURES} and {_HOURS}",
    "slow": _HOURS,
    "ping": "see whether PING_URL answers; `bellwork schedule history content.ping` says when it was asked",
    "synthetic": _FAILURES,
}


def concerns(conn: Connection) -> Iterator[Concern]:
    """Yield a silent checker first: what it found before is no news."""
    at, is_silent = checked_at(conn)
    if is_silent:
        yield Concern(
            f"content: nobody has looked for alerts for more than {SILENT_AFTER} minutes",
            "content.check_alerts does not run",
            "what goes wrong is told to nobody",
            "`bellwork schedule history content.check_alerts`",
            at,
        )
    for alert in open_alerts(conn):
        more = _NEXT.get(alert.kind, _FAILURES)
        yield Concern(f"content: alert {alert.kind!r}", alert.said, next=more, since=alert.opened_at)
