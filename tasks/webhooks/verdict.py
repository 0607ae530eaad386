"""What an answer means, and when the next try is (Standard Webhooks 1.1, "Deliverability and reliability")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.webhooks import Outcome
from bellwork.tasks.providers.wire.verdict import asked_to_wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellwork.db.webhooks import Due

#: Seconds before each try, as the specification's example has them; after the last a delivery is given up.
PAUSES = (0.0, 5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
#: Seconds for which an endpoint that asks for it is left alone, at most.
LONGEST_QUIET = 86_400.0
#: Seconds for a whole call: name, connection, headers and the answer's status.
DEADLINE = 15.0
_GONE = 410
_TOO_MANY, _UNAVAILABLE = 429, 503


def answered(due: Due, status: int, headers: Mapping[str, str]) -> Outcome:
    """Judge an answer: 2xx is delivered, 410 ends the endpoint, all else is a failure; a redirect is not followed."""
    if 200 <= status < 300:  # noqa: PLR2004 - as it is written everywhere
        return Outcome(due.id, due.endpoint, due.tries, delivered=True, status=status)
    if status == _GONE:
        said = "answered 410 (gone)"
        return Outcome(due.id, due.endpoint, due.tries, delivered=False, status=status, said=said, wait=0.0, gone=True)
    said = f"answered {status}"
    if 300 <= status < 400:  # noqa: PLR2004 - as above
        said += ", which leads elsewhere and is not followed: give the endpoint its new URL"
    quiet = None
    if status in {_TOO_MANY, _UNAVAILABLE} and "retry-after" in headers:
        quiet = asked_to_wait(headers, LONGEST_QUIET)
    return failed(due, said, status, quiet)


def failed(due: Due, said: str, status: int | None = None, quiet: float | None = None) -> Outcome:
    """Say when a call that came to nothing is made again; not sooner than it was asked for, and not after the last."""
    made = due.tries + 1
    wait = max(PAUSES[made], quiet or 0.0) if made < len(PAUSES) else None
    return Outcome(due.id, due.endpoint, due.tries, delivered=False, status=status, said=said, wait=wait, quiet=quiet)
