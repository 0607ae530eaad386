"""What Retries and hooks have noted on a message that is tried again: the next attempt's message has it too."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from bellwork.workers.attempt import Attempt

log = structlog.get_logger("bellwork.retry_options")

#: Characters of JSON that may be added to the options of a job; they are read with each claim.
_MOST = 8_000
_ABSENT = object()
#: What the ledger has a column for, or is told anew at each claim.
_KNOWN = {"retries", "traceback", "requeue_timestamp"}


def retry_options(attempt: Attempt, error: dict[str, Any]) -> dict[str, Any]:
    """Return the options to add to the job: what hooks have changed, when it was put back, and where it failed.

    What is no JSON that PostgreSQL takes, or too much, is left out and logged: it must not keep the failure from being
    recorded.
    """
    known = attempt.job.options
    changed = {
        name: value
        for name, value in attempt.options.items()
        if name not in _KNOWN and known.get(name, _ABSENT) != value and _fits(attempt, name, value)
    }
    return {**changed, "requeue_timestamp": int(time.time() * 1000), "traceback": error.get("traceback", "")}


def _fits(attempt: Attempt, name: str, value: Any) -> bool:
    try:
        text = json.dumps({name: value}, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError):
        text = ""
    if text and len(text) <= _MOST and "\\u0000" not in text:
        return True
    log.warning("an option cannot be kept for the next attempt", job=attempt.id, actor=attempt.actor, option=name)
    return False
