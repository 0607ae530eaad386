"""What the quick jobs of the learner's numbers have in common: a queue of the short lane, and patience of minutes."""

from __future__ import annotations

from typing import Any

#: Options of an actor that counts or marks something within one short transaction.
QUICK: dict[str, Any] = {
    "callers": "everyone",
    "queue_name": "companion-fast",
    "lane": "short",
    "max_retries": 10,
    "min_backoff": 1_000,
    "max_backoff": 60_000,
    "time_limit": 30_000,
}
