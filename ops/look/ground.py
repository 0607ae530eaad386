"""What keeps everything from moving or being known: the servers, then workers and schedulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.look.problem import Problem, first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.look.picture import Picture

#: Seconds for an answer that costs nothing, many hundred times what it takes in one house.
SLOW = 0.1
_SCHEDULER = "start `python -m bellwork.scheduler`"


def servers(picture: Picture) -> Iterator[Problem]:
    """PostgreSQL without room, that takes no writes or is slow, Redis that cannot be used."""
    if picture.no_room:
        yield Problem(
            "fail",
            "PostgreSQL's disk is full",
            picture.no_room,
            "what needs room is refused: jobs are not enqueued, finished or counted, and none is lost",
            "make room on its disk; everybody goes on by himself",
        )
    if not picture.takes_writes:
        yield Problem(
            "fail",
            "PostgreSQL takes no writes",
            "DATABASE_URL leads to a standby, or the server is set to read-only",
            "no job is claimed or finished, and nothing can be changed",
            "name the primary in DATABASE_URL, or end the setting; `bellwork doctor` examines the server",
        )
    if picture.round_trip > SLOW:
        yield Problem(
            "fail",
            "PostgreSQL answers slowly",
            f"{words.duration(picture.round_trip)} for what costs it nothing: it is busy, or the way to it is slow",
            "each job asks it several times, so all of them come late",
            "see its load and its network; `bellwork doctor` names what holds it up",
        )
    if picture.redis:
        moves = "jobs come seconds late, and none is lost"
        mend = "start it, or correct REDIS_URL; `bellwork doctor` asks it again"
        yield Problem("fail", f"Redis {picture.redis}", "", moves, mend, "RedisDown")


def processes(picture: Picture) -> Iterator[Problem]:
    """No worker, no scheduler, or one that decides no ticks."""
    if not picture.workers:
        silent = picture.silent_workers
        ready = (
            f"{words.plural(count, 'ready job')} wait{'s' * (count == 1)}, and "
            if (count := picture.total("ready"))
            else ""
        )
        yield Problem(
            "fail" if picture.any_due else "warn",
            "No worker is alive",
            f"{silent:,} {'process' if silent == 1 else 'processes'} fell silent" if silent else "none is registered",
            f"{ready}nothing moves" if picture.any_due else "no job is due",
            "start `bellwork worker` or `bellwork up`",
            "NoWorkers",
            picture.silent_since,
            "/workers",
        )
    snapshot, late = picture.snapshot, picture.overdue
    if snapshot is None or snapshot.is_stale:
        took = "no snapshot was ever taken"
        if snapshot:
            took = f"the last snapshot is {words.duration(snapshot.age)} old"
            if snapshot.age < 0:
                took = f"the last snapshot is from {words.duration(-snapshot.age)} ahead: the clock was set back"
        yield Problem(
            "fail",
            "No scheduler runs",
            took + (f", and {_overdue(picture)}" if late else ""),
            "nothing that is due by the clock runs, and figures of queues are old or missing",
            _SCHEDULER,
            "SnapshotStale",
            snapshot.at if snapshot else None,
            "/schedule",
        )
    elif late:
        yield Problem(
            "fail",
            "The schedule stands still",
            _overdue(picture),
            "what is due by the clock does not run; each tick is caught up or recorded as missed later",
            f"see its log, or {_SCHEDULER}; `bellwork schedule list` names each",
            "ScheduleMissed",
            min(late.values()),
            "/schedule",
        )


def _overdue(picture: Picture) -> str:
    keys = [*picture.overdue]
    return f"{len(keys):,} of the calendar overdue ({first(keys)})"
