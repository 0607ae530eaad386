"""A ticket to a lab's terminal: the lab, when the ticket ends, and a signature (HMAC-SHA256) of both."""

from __future__ import annotations

import hmac
import re
from datetime import UTC, datetime
from typing import NamedTuple

PATH = "/labs"
_FORM = re.compile(r"([a-z0-9-]{1,80})\.(\d{1,11})\.([0-9a-f]{64})")


class Ticket(NamedTuple):
    """A lab's terminal is open until `ends`, in seconds since 1970."""

    lab_id: str
    ends: int


def ticket(lab_id: str, ends: datetime, key: str) -> str:
    """Sign a ticket to a lab's terminal; whole seconds, so it ends up to a second before `ends`."""
    said = f"{lab_id}.{int(ends.timestamp())}"
    return f"{said}.{_signature(said, key)}"


def read_ticket(text: str, key: str, now: datetime | None = None) -> Ticket | None:
    """Return what a ticket says; None for one that is no ticket, was signed by another key, or has ended."""
    found = _FORM.fullmatch(text)
    if not found or not hmac.compare_digest(found[3], _signature(f"{found[1]}.{found[2]}", key)):
        return None
    said = Ticket(found[1], int(found[2]))
    return said if said.ends > (now or datetime.now(UTC)).timestamp() else None


def _signature(said: str, key: str) -> str:
    return hmac.new(key.encode(), f"bellwork lab terminal {said}".encode(), "sha256").hexdigest()
