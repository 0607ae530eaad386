"""Looks how the system does, and whether insights come in time; who is to know is told once a window (TM17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.tutoring.health import (
    GRAVE,
    PROMISED,
    PROMISED_MINUTES,
    note_health,
    raise_alert,
    read_health,
    read_promise,
    read_uptime,
)
from bellwork.tasks.tutoring.letters import tell_managers
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Changes that may wait (tutormax: a backlog of 1,000), and seconds that the oldest may have waited.
BACKLOG, OLDEST = 1_000, 900.0
_LOOK: dict[str, Any] = {"callers": "internal", "queue_name": "tutoring-care", "max_retries": 0, "time_limit": 30_000}


@actor(actor_name="tutoring.check_health", **_LOOK)
def check_health() -> None:
    """Note each minute what waits; well is a short backlog that moves, and no tutor without rows."""
    with job.transaction() as conn:
        found = read_health(conn)
        wrong = []
        if found["waiting"] > BACKLOG or found["oldest_seconds"] > OLDEST:
            wrong.append(f"{found['waiting']:,.0f} changes wait, the oldest for {found['oldest_seconds']:,.0f} s")
        if found["failed"]:
            wrong.append(f"the rows of {found['failed']:.0f} tutors cannot be computed")
        note_health(conn, "health", found, ok=not wrong)
        if wrong:
            _tell(conn, "health", "; ".join(wrong))


@actor(actor_name="tutoring.check_promise", **_LOOK)
def check_promise() -> None:
    """Note whether 95 % of a day's insights came within an hour; managers are told where not, gravely below 90 %."""
    with job.transaction() as conn:
        promise = read_promise(conn)
        figures = {"changes": promise.changes, "late": promise.late, "kept": round(promise.kept, 4)}
        note_health(conn, "promise", figures, ok=promise.kept >= PROMISED)
        if promise.kept < PROMISED:
            kind = "insights late, gravely" if promise.kept < GRAVE else "insights late"
            said = f"{promise.late:,} of {promise.changes:,} changes waited longer than {PROMISED_MINUTES} minutes"
            _tell(conn, kind, f"{said}: {promise.kept:.1%} in time, {PROMISED:.0%} are promised")


@actor(actor_name="tutoring.report_uptime", **_LOOK)
def report_uptime() -> None:
    """Note each hour in how many of its minutes all was well; a minute that nobody looked at was not."""
    with job.transaction() as conn:
        looks, well = read_uptime(conn)
        note_health(conn, "uptime", {"looks": looks, "well": well, "minutes": 60}, ok=well >= looks > 0)


def _tell(conn: Connection, kind: str, said: str) -> None:
    if window := raise_alert(conn, kind, said):
        tell_managers(conn, f"alert:{kind}:{window}", f"Tutoring: {kind}", f"{said}.\n")
