"""A round of the calendar: what is due is found by one SELECT, and each entry is decided in one transaction.

Any number of schedulers may do rounds: the entry's row is locked by one of them and passed over by the others, its
tick has one row for ever, and tick, job and next tick are committed together or not at all.
"""

from __future__ import annotations

import os
import socket
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bellwork.db.engine import DatabaseError, opened, single_statements, transaction
from bellwork.db.failpoints import reach
from bellwork.db.ledger import ConcurrentUpdate, Decision, Plan, RefusedJob, due_entries, lock_due_entry, write_plan
from bellwork.db.outage import explain, is_lost
from bellwork.scheduler.cron import BadSchedule
from bellwork.scheduler.pauses import Pauses
from bellwork.scheduler.ticks import plan
from bellwork.workers.due_set import add

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import Due, StoredEntry

log = structlog.get_logger("bellwork.scheduler")


def decide_due(pauses: Pauses | None = None) -> int:
    """Decide what is due, some hundreds of ticks of each entry at most; returns how many entries were due.

    An entry that cannot be decided (BadSchedule, RefusedJob, a session's lock, whatever else PostgreSQL says
    of it) is raised at the end and holds up no other; its tick stays due. `pauses` remembers those that PostgreSQL
    was the reason of: each waits some seconds. A lost connection ends the round.
    """
    pauses = pauses or Pauses()
    with single_statements() as conn:
        keys = due_entries(conn)
    troubles: list[Exception] = []
    for key in pauses.order(keys):
        try:
            decide(key)
            pauses.end(key)
        except (BadSchedule, RefusedJob) as error:
            pauses.end(key)
            troubles.append(error)
        except DatabaseError as error:
            if is_lost(error):
                raise
            if pauses.begin(key, error):
                log.warning("an entry cannot be decided now", entry=key, error=explain(error))
    if troubles := troubles + pauses.errors:
        raise troubles[0]
    return len(keys)


def decide(key: str) -> bool:
    """Decide due ticks of an entry, in one transaction; False if there were none, or another scheduler does.

    The jobs are offered to the workers as soon as it is committed. What is left of a long silence is due again at once.
    """
    reach("before_tick", key)
    try:
        with transaction() as conn:
            if (entry := lock_due_entry(conn, key)) is None:
                return False
            settle(conn, entry, name())
            reach("before_tick_commit", key)
    except ConcurrentUpdate:
        return False
    reach("after_tick_commit", key)
    return True


def settle(conn: Connection, entry: StoredEntry, by: str) -> bool:
    """Decide some of the due ticks of an entry that the caller has locked; True if there may be more of them."""
    made = plan(entry)
    offer(write_plan(conn, entry, made, by))
    return made.next_tick <= entry.now


def give_up(conn: Connection, entry: StoredEntry, by: str) -> None:
    """Let the due tick of an entry whose rule cannot be read have a row, before it gets another rule."""
    why = f"the rule {' '.join(entry.rule)!r} cannot be read here; ticks after this one are not known"
    write_plan(conn, entry, Plan((Decision(entry.next_tick, "missed", why),), entry.next_tick), by)


def offer(jobs: list[Due]) -> None:
    """Offer jobs to the workers as soon as the open transaction is committed."""
    opened().after_commit.append(partial(add, jobs))


def name() -> str:
    """Return 'host:pid', by which the rows of this process are known."""
    return f"{socket.gethostname()}:{os.getpid()}"
