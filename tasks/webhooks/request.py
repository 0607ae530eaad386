"""What is sent for a delivery: the event as JSON, signed by every secret that counts (Standard Webhooks 1.1)."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook

if TYPE_CHECKING:
    from bellwork.db.webhooks import Due


def body_of(due: Due) -> str:
    """Write an event: its type, when it happened, and the ids of what it is about. The same at each try."""
    at = due.occurred_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    document = {"type": due.event_type, "timestamp": at, "data": due.ids}
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def headers_of(due: Due, body: str) -> dict[str, str]:
    """Return the headers of a try made now: its event's id, its time, and a signature by each secret."""
    now = datetime.fromtimestamp(int(time.time()), UTC)
    signatures = [_signer(secret).sign(due.event, now, body) for secret in due.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Bellwork webhooks",
        "accept-encoding": "identity",
        "webhook-id": due.event,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@lru_cache(maxsize=1_000)
def _signer(secret: str) -> Webhook:
    return Webhook(secret)
