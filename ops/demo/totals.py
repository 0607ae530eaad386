"""The last part of the report, whichever scenes were played: jobs, ticks of the calendar, processes and times."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import transaction
from bellwork.db.ledger import list_entries, list_jobs, list_ticks
from bellwork.db.ledger.invariants import violations
from bellwork.db.vocabulary.exhibit import Figures
from bellwork.db.vocabulary.scene import Check
from bellwork.ops import words
from bellwork.ops.look.schedule import next_times, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

#: More jobs than these are not counted, and of each entry no more ticks are shown.
_JOBS, _TICKS = 10_000, 5


class Totals:
    """`seconds` says how long each step of the demo took, `restarts` how often each process was started again."""

    title = "Jobs, ticks and times"

    def __init__(self, seconds: Mapping[str, float], restarts: Mapping[str, int]) -> None:
        self._seconds, self._restarts = seconds, restarts

    def checks(self) -> list[Check]:
        """Look for jobs that violate an invariant of the ledger."""
        with transaction() as conn:
            found = violations(conn)
        return [Check("No job breaks an invariant of the ledger.", ok=not found, found="; ".join(found))]

    def exhibits(self) -> list[Figures]:
        """Show jobs, ticks, what comes next, processes and times."""
        with transaction() as conn:
            figures = [_jobs(conn), _ticks(conn), _ahead(conn)]
        return [*figures, self._processes(), self._times()]

    def _processes(self) -> Figures:
        rows = tuple((name, str(count)) for name, count in self._restarts.items())
        return Figures("Processes", ("process", "started again"), rows, right=("started again",))

    def _times(self) -> Figures:
        rows = tuple((step, f"{seconds:.1f}") for step, seconds in self._seconds.items())
        return Figures("Where the time went", ("step", "seconds"), rows, right=("seconds",))


def _jobs(conn: Connection) -> Figures:
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for job in list_jobs(conn, limit=_JOBS):
        kinds[job["actor"]].append(job)
    rows = tuple(
        (
            actor,
            f"{len(jobs):,}",
            *(f"{sum(job[what] for job in jobs):,}" for what in ("attempt", "retries", "crashes")),
            f"{sum(job['state'] == 'dead' for job in jobs):,}",
        )
        for actor, jobs in sorted(kinds.items())
    )
    columns = ("actor", "jobs", "attempts", "retries", "crashes", "dead")
    return Figures("Jobs", columns, rows, right=columns[1:])


def _ticks(conn: Connection) -> Figures:
    rows = tuple(
        (
            entry.key,
            words.moment(tick["tick"]),
            tick["outcome"],
            why(tick),
            f"job {tick['job_id']} {tick['job_state']}" if tick["job_id"] else "",
        )
        for entry in list_entries(conn)
        for tick in list_ticks(conn, entry.key, _TICKS)
    )
    about = "Each nominal time of an entry has one row, whatever came of it."
    return Figures("Ticks of the calendar", ("entry", "tick", "outcome", "why", "job"), rows, about)


def _ahead(conn: Connection) -> Figures:
    return Figures("What the calendar does next", ("entry", "cron", "next", "what for"), tuple(_entries(conn)))


def _entries(conn: Connection) -> Iterator[tuple[str, ...]]:
    for entry in list_entries(conn):
        for at, _ in next_times(entry, 1):
            yield entry.key, entry.rule[0], words.moment(at), entry.purpose
