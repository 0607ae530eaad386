"""A ledger of payments in a file, written by hand: for demonstrations, tests, and schools that invoice by themselves.

{"sub_1": {"2026-11-30": "refused", "*": "paid"}, "*": {"*": "unknown"}}

By the subscription and the UTC day on which the period begins; `*` is whatever is not named. It is read each time.
"""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bellwork.tasks.providers.errors import BadAnswer, ProviderError
from bellwork.tasks.providers.payments.protocol import Answer, Paid, Refused, Unknown

if TYPE_CHECKING:
    from datetime import datetime

_ANSWERS: dict[str, Answer] = {
    "paid": Paid(),
    "refused": Refused("the ledger says so"),
    "unknown": Unknown("the ledger does not know"),
}


class Ledger:
    """Payments as a file has them."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def period(self, subscription: str, begins_at: datetime) -> Answer:
        """Look the period up; raises ProviderError where the file cannot be read, BadAnswer where it makes no sense."""
        known = self._read()
        days = known.get(subscription, known.get("*", {}))
        day = begins_at.astimezone(UTC).date().isoformat()
        word = days.get(day, days.get("*", "unknown")) if isinstance(days, dict) else None
        if not isinstance(word, str) or word not in _ANSWERS:
            raise BadAnswer(f"the ledger of payments says {word!r} of a period; it may say {', '.join(_ANSWERS)}")
        return _ANSWERS[word]

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_bytes())
        except OSError as failed:
            raise ProviderError(f"the ledger of payments cannot be read: {failed}") from failed
        except (ValueError, RecursionError) as wrong:
            raise BadAnswer("the ledger of payments is not JSON") from wrong
        if not isinstance(found, dict):
            raise BadAnswer("the ledger of payments is no object of subscriptions")
        return found
