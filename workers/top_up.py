"""Fills the due sets that are short from the ledger: what a scheduler does five times a second, and for callers.

Everything is polled as often as that is fast; in between, each queue from where its due jobs began, as often as that is
fast. A slow poll of this kind spares the workers theirs: what it finds is announced to them.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.ledger import due_in
from bellwork.workers import due_set
from bellwork.workers.fleet import Fleet
from bellwork.workers.pace import LONGEST, Pace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import Connection

    from bellwork.db.ledger import Due, Place
    from bellwork.workers.fleet import Able

#: A set shorter than this is topped up.
SHORT = 2_000
#: A poll brings no more than so many jobs of all queues together, if each has so many: what is over can wait there.
AT_ONCE = 50_000
#: A poll of more queues than these rests shorter for what it takes: 24 ms for two hundred are half a second's rest.
TOGETHER = 40
#: Polls follow each other closely where callers are heard; they are slow where those 0.2 s apart are (seconds).
AWHILE = 0.15
#: So long (seconds) a poll counts for the workers: until the next one, and a little longer.
POLLED_FOR = 1.2 * LONGEST

_fleet, _pace, _near_pace = Fleet(), Pace(awhile=AWHILE), Pace(awhile=AWHILE)
_begin: dict[str, Place] = {}
_looking = Lock()


def top_up() -> int:
    """Fill every short set from the ledger with what live workers can run; returns how many ids were offered.

    One call at a time looks, another one waits for it and then looks itself.
    """
    reach("before_top_up")
    with _looking:
        return _top_up()


def _top_up() -> int:
    if not due_set.usable():
        return 0
    if _pace.is_due():
        jobs = _poll_everything()
    elif _near_pace.is_due():
        with _near_pace.measured(), transaction() as conn:
            able = _fleet.look(conn)
            jobs = _missing(conn, able, {queue: _begin[queue] for queue in able.queues if queue in _begin})
            _near_pace.parts = max(1.0, len(jobs) / due_set.BOUND)
    else:
        jobs = []
    if jobs:
        due_set.add(jobs)
    return len(jobs)


def forget() -> None:
    """Forget the workers, where jobs were found, and how long that took: another ledger."""
    global _fleet, _pace, _near_pace
    _fleet, _pace, _near_pace = Fleet(), Pace(awhile=AWHILE), Pace(awhile=AWHILE)
    _begin.clear()


def _poll_everything() -> list[Due]:
    with _pace.measured(), transaction() as conn:
        able = _fleet.look(conn)
        jobs = _missing(conn, able, dict.fromkeys(able.queues))
        _pace.parts = max(1.0, len(able.queues) / TOGETHER, len(jobs) / due_set.BOUND)
    if _pace.slow:
        due_set.note_polls(able.queues, POLLED_FOR)
    return jobs


def _missing(conn: Connection, able: Able, begins: Mapping[str, Place | None]) -> list[Due]:
    """Return the due jobs of those queues whose set is short: all, or from the place where each was found to begin."""
    lengths = due_set.lengths(list(begins)) if begins else {}
    # Of a share it is as much as SHORT of a full set: what was just filled is not looked at again.
    enough = max(1, SHORT * _share(begins) // due_set.BOUND)
    short = {queue: begin for queue, begin in begins.items() if lengths.get(queue, due_set.BOUND) < enough}
    jobs = _shared_out(conn, short, able.actors) if short else []
    for job in reversed(jobs):
        _begin[job.queue] = job.place
    return jobs


def _shared_out(conn: Connection, short: Mapping[str, Place | None], actors: list[str]) -> list[Due]:
    """Return about AT_ONCE jobs at most: an equal share of each queue; where some have less, long ones give more."""
    share = _share(short)
    jobs = due_in(conn, short, actors, share)
    long = {queue: short[queue] for queue, found in Counter(job.queue for job in jobs).items() if found == share}
    more = _share(long)
    if not long or more == share:
        return jobs
    return [job for job in jobs if job.queue not in long] + due_in(conn, long, actors, more)


def _share(queues: Collection[str]) -> int:
    """Return how many jobs of each of these queues one poll brings."""
    return min(due_set.BOUND, max(1, AT_ONCE // max(1, len(queues))))
