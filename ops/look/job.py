"""How a job came to stand as it does: what happened when, which states it went through, and what was said last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from bellwork.ops import words


class Event(NamedTuple):
    """Something that happened to a job; `said` is what is known of it."""

    at: datetime
    what: str
    said: str = ""


def last_word(job: dict[str, Any]) -> str:
    """Return the last thing that was said of a job: why it ended, else its last error."""
    if job["reason"]:
        return str(job["reason"])
    last = job["errors"][-1] if job["errors"] else {}
    return str(last.get("error", "")) if isinstance(last, dict) else str(last)


def timeline(job: dict[str, Any]) -> list[Event]:
    """Return what happened to a job, in order; of older attempts as much as their errors tell."""
    found = [Event(job["created_at"], "enqueued")]
    if job["run_at"] > job["created_at"]:
        found.append(Event(job["run_at"], "due", "" if job["run_at"] <= datetime.now(UTC) else "not yet"))
    found.extend(
        Event(at, f"attempt {error.get('attempt', '?')} failed", str(error.get("error", "")))
        for error in job["errors"] or []
        if isinstance(error, dict) and (at := _moment(error.get("at")))
    )
    if job["claimed_at"]:
        waited = (job["claimed_at"] - job["run_at"]).total_seconds()
        said = f"it had waited for {words.duration(waited)}" if waited > 0 else ""
        found.append(Event(job["claimed_at"], f"attempt {job['attempt']} claimed", said))
    if job["finished_at"]:
        ran = (job["finished_at"] - job["claimed_at"]).total_seconds() if job["claimed_at"] else None
        after = f"it ran for {words.duration(ran)}" if ran is not None and job["state"] != "cancelled" else ""
        found.append(Event(job["finished_at"], job["state"], "; ".join(filter(None, (job["reason"], after)))))
    return sorted(found)


def steps(job: dict[str, Any]) -> set[str]:
    """Name the states and moves that a job has been through; it is in the last one now."""
    been = {"available", job["state"]}
    if job["state"] == "scheduled" or job["run_at"] > job["created_at"]:
        been.add("scheduled")
    if job["attempt"] > 0:
        been.add("running")
    if job["retries"] or job["errors"]:
        been.add("retry")
    return been


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
