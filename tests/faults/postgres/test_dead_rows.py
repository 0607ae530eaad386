"""Somebody's long query keeps dead rows from being removed: jobs are still found by index, and no more than asked for.

An autovacuum that comes by at a quiet moment notes that the table of jobs is empty; plans are made for that.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.faults import invariants
from tests.faults.own_sessions import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Connection

#: Pages of 8 KiB that finding a few jobs by their ids may take; walking through all that is dead takes thousands.
FEW = 300
_LIVED = (
    "INSERT INTO bellwork.jobs (queue, actor) SELECT 'dead', 't.dead' FROM generate_series(1, 20000)",
    "UPDATE bellwork.jobs SET state = 'running', worker_id = gen_random_uuid(), claimed_at = now(), attempt = 1",
    "DELETE FROM bellwork.jobs",
    "ANALYZE bellwork.jobs",
)
# Both are of this session alone: a scheduler takes snapshots meanwhile.
_PAGES = """
SELECT sum(pg_stat_get_xact_blocks_fetched(oid)) FROM pg_class
WHERE 'bellwork.jobs'::regclass IN (oid, (SELECT indrelid FROM pg_index WHERE indexrelid = pg_class.oid))
"""
#: Scans of the whole table, or of an index that has all of it.
_SCANS = """
SELECT pg_stat_get_xact_numscans('bellwork.jobs'::regclass) + pg_stat_get_xact_numscans('bellwork.jobs_pkey'::regclass)
"""
READS: dict[str, Callable[[Connection, UUID], object]] = {
    "queues": lambda conn, _: ledger.waiting_queues(conn),
    "heard queues": lambda conn, _: ledger.heard_queues(conn),
    "due": lambda conn, _: ledger.due(conn, "dead", ["t.dead"], 50),
    "anything lost": lambda conn, _: ledger.anything_lost(conn),
    "the lost": lambda conn, _: ledger.rescue_expired(conn) is not None,
    "overdue": lambda conn, worker: ledger.overdue(conn, [worker], 1) is not None,
    "the roll call": lambda conn, worker: ledger.held_by(conn, worker, "dead") is not None,
}


@pytest.fixture(scope="module")
def dead(ground: Path) -> Iterator[None]:
    """A ledger whose jobs are all gone and none removed, and statistics that say it is empty."""
    del ground
    with locked("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM bellwork.jobs"):
        for statement in _LIVED:
            _told(partial(_execute, statement))
        yield


@pytest.fixture
def worker(dead: None) -> UUID:
    """A worker that knows the actor."""
    del dead
    worker = ledger.Worker(uuid4(), "host", 1, 1, ["dead"], {"t.dead": None})
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    return worker.id


def test_g11_a_claim_takes_no_more_than_it_may(worker: UUID) -> None:
    """A worker that claimed a whole backlog would keep it from all the others."""
    _enqueue(20)
    taken = [len(_told(partial(_claim_next, worker, most, None))) for most in (1, 3, 12)]

    assert [1, 3, 12] == taken
    invariants.check()


def test_g11_a_job_is_claimed_and_finished_by_its_id(worker: UUID) -> None:
    """None of it walks through what is dead."""
    due = _enqueue(4)
    claimed, taking = _counted(_PAGES, lambda conn: ledger.claim(conn, worker, due, ["t.dead"]))
    first, *others = [job.held for job in claimed]
    alone, finishing = _counted(_PAGES, lambda conn: ledger.begin_finished(conn, first))
    together, batch = _counted(_PAGES, lambda conn: ledger.finish(conn, others))
    sys.stdout.write(f"pages read: claim {taking}, finish alone {finishing}, together {batch}\n")

    assert (4, True, 3) == (len(claimed), alone, len(together))
    assert max(taking, finishing, batch) < FEW


@pytest.mark.parametrize("read", READS)
def test_g11_the_books_are_read_by_the_index_of_what_is_due(read: str, worker: UUID) -> None:
    """No look reads the table from end to end: for topping up, a rescue, overruns or the roll call."""
    _enqueue(10)
    began = time.monotonic()
    found, scans = _counted(_SCANS, lambda conn: READS[read](conn, worker))
    sys.stdout.write(f"{read}: {(time.monotonic() - began) * 1000:.0f} ms, scans {scans}\n")

    assert found
    assert 0 == scans


def test_g11_a_look_that_begins_where_the_last_one_found_something_passes_the_dead_by(worker: UUID) -> None:
    """Everything that is dead is read by a look over the whole queue only; the scheduler's and a worker's both."""
    _enqueue(10)
    found, whole = _counted(_PAGES, lambda conn: ledger.due(conn, "dead", ["t.dead"], 50))
    again, topping = _counted(_PAGES, lambda conn: ledger.due(conn, "dead", ["t.dead"], 50, begin=found[0].place))
    taken, taking = _counted(_PAGES, partial(_claim_next, worker, 3, found[0].place))
    sys.stdout.write(f"pages read: whole {whole}, topping up {topping}, claiming {taking}\n")

    assert (found, 3) == (again, len(taken))
    assert max(topping, taking) < FEW < whole


def _execute(statement: str, conn: Connection) -> None:
    conn.exec_driver_sql(statement)


def _claim_next(worker: UUID, most: int, begin: ledger.Place | None, conn: Connection) -> list[ledger.Claimed]:
    return ledger.claim_next(conn, worker, "dead", ["t.dead"], most, begin=begin)


def _enqueue(count: int) -> list[int]:
    jobs = [NewJob("t.dead", queue="dead")] * count
    return [due.id for due in _told(lambda conn: ledger.enqueue(conn, jobs))]


def _counted(statistic: str, work: Callable[[Connection], Any]) -> tuple[Any, int]:
    """Return the work's result, and by how much a statistic of its transaction grew with it."""
    with transaction() as conn:
        before = conn.exec_driver_sql(statistic).scalar_one()
        result = work(conn)
        return result, int(conn.exec_driver_sql(statistic).scalar_one() - before)


def _told(work: Callable[[Connection], Any]) -> Any:
    """Work in a transaction whose session tells its statistics at once, and not within a second."""
    with transaction() as conn:
        result = work(conn)
        conn.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    return result
