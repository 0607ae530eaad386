"""Fills the due sets that are short from the ledger: what a scheduler does five times a second.

Everything is looked at as often as it is cheap; in between, each queue from where its due jobs began, as often as that
is cheap. A dear look of this kind spares the workers theirs: what it finds, they hear of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.engine import transaction
from db.failpoints import reach
from db.ledger import due, heard_queues, known_actors, waiting_queues
from workers import due_set
from workers.pace import LONGEST, Pace

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.ledger import Due, Place

#: A set shorter than this is topped up.
SHORT = 2_000
#: So long (seconds) a look speaks for the workers: until the next one, and a little longer.
SPOKEN_FOR = 1.2 * LONGEST

_pace, _near_pace = Pace(), Pace()
_begin: dict[str, Place] = {}


def top_up() -> int:
    """Fill every short set from the ledger with what live workers can run; returns how many ids were offered."""
    reach("before_top_up")
    if not due_set.usable():
        return 0
    if _pace.is_due():
        jobs = _look_over_everything()
    elif _near_pace.is_due():
        with _near_pace.look(), transaction() as conn:
            jobs = _missing(conn, list(_begin), whole=False)
    else:
        jobs = []
    if jobs:
        due_set.add(jobs)
    return len(jobs)


def forget() -> None:
    """Forget where jobs were found, and how long that took: another ledger."""
    global _pace, _near_pace
    _pace, _near_pace = Pace(), Pace()
    _begin.clear()


def _look_over_everything() -> list[Due]:
    with _pace.look(), transaction() as conn:
        # Which queues have jobs waiting is dear to know where looks are dear; who listens never is.
        queues = heard_queues(conn) if _pace.dear else waiting_queues(conn)
        jobs = _missing(conn, queues, whole=True)
    if _pace.dear:
        due_set.note_looks(queues, SPOKEN_FOR)
    return jobs


def _missing(conn: Connection, queues: list[str], *, whole: bool) -> list[Due]:
    """Return the due jobs of those queues whose set is short: all, or from the place where each was found to begin."""
    lengths = due_set.lengths(queues) if queues else {}
    short = [queue for queue in queues if lengths.get(queue, due_set.BOUND) < SHORT]
    actors = known_actors(conn) if short else []
    jobs: list[Due] = []
    for queue in short:
        if found := due(conn, queue, actors, due_set.BOUND, begin=None if whole else _begin[queue]):
            _begin[queue] = found[0].place
            jobs += found
    return jobs
