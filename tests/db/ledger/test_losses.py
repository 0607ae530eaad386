"""What was lost with a worker becomes a crash when its heartbeat tells that it died alone, however late that comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

MASTER = UUID("019a0000-0000-7000-8000-000000000001")


def lose(*jobs: int, master: UUID | None = MASTER) -> UUID:
    """Let a worker of a master fall silent with these jobs, and somebody who knows no more find it."""
    worker = Worker(uuid4(), "here", 1, 1, ["default"], {ledger_jobs.ACTOR: None}, master, 0.0)
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    ledger_jobs.claim(worker.id, jobs)
    with transaction() as conn:
        ledger.beat(conn, [worker.id], -1)
    with transaction() as conn:
        ledger.rescue_expired(conn)
    return worker.id


def charge(*workers: UUID) -> None:
    """Tell that these workers died alone."""
    with transaction() as conn:
        ledger.charge_losses(conn, workers)


def counts(*jobs: int) -> list[tuple[int, int]]:
    """Tell the crashes and losses of unfinished jobs."""
    with transaction() as conn:
        asked = text("SELECT crashes, lost FROM bellwork.jobs WHERE id = ANY(:ids) ORDER BY id")
        return [(row.crashes, row.lost) for row in conn.execute(asked, {"ids": list(jobs)})]


def known() -> Sequence[UUID]:
    """List the workers of the master that somebody may yet tell of."""
    with transaction() as conn:
        return [each.id for each in ledger.workers_of(conn, MASTER)]


def test_each_loss_is_charged_once(database: str) -> None:
    """However often it is told, one attempt counts one crash; another worker's loss of the same job stays one."""
    del database
    one, other = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    worker, elsewhere = lose(one, other), lose(one)
    charge(worker)
    charge(worker)

    assert [(1, 1), (1, 0)] == counts(one, other)
    assert [elsewhere] == known()


def test_what_a_transaction_holds_is_charged_when_it_is_free(database: str) -> None:
    """Nobody waits for a row; the note stays until the crash is counted."""
    del database
    [job] = ledger_jobs.put()
    worker = lose(job)
    with transaction() as conn, ThreadPoolExecutor(1) as other:
        conn.execute(text("SELECT FROM bellwork.jobs FOR UPDATE"))
        other.submit(charge, worker).result(timeout=30)

    assert ([(0, 1)], [worker]) == (counts(job), known())
    charge(worker)
    assert ([(1, 0)], []) == (counts(job), known())


def test_a_job_that_has_ended_meanwhile_is_let_be(database: str) -> None:
    """It was run elsewhere before anybody told: its row is as it ended, and the note goes."""
    del database
    [job] = ledger_jobs.put()
    worker = lose(job)
    with transaction() as conn:
        ledger.finish(conn, [attempt.held for attempt in ledger_jobs.claim(ledger_jobs.appear(), [job])])
    charge(worker)

    assert ("done", 0, []) == (ledger_jobs.show(job)["state"], ledger_jobs.show(job)["crashes"], known())


def test_a_suspect_that_was_alone_is_convicted(database: str) -> None:
    """A crash that is told late speaks against its kind as one that was seen."""
    del database
    job, neighbour = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    for _ in range(ledger.suspicious_from() + 1):
        charge(lose(job, neighbour))
    together = ledger_jobs.count("crashes")
    charge(lose(job))

    assert (0, 1) == (together, ledger_jobs.count("crashes"))


def test_a_worker_without_a_masters_identity_leaves_no_note(database: str) -> None:
    """Of an older release: nobody could tell how it ended."""
    del database
    [job] = ledger_jobs.put()
    lose(job, master=None)

    assert ([(0, 1)], 0) == (counts(job), ledger_jobs.count("losses"))


def test_notes_do_not_pile_up(database: str) -> None:
    """Those of a whole group that is gone are told by nobody; ten minutes later the next loss takes them away."""
    del database
    job, other = ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob(ledger_jobs.ACTOR))
    lose(job)
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.losses SET at = at - interval '11 minutes'"))
    last = lose(other)

    assert [last] == known()
