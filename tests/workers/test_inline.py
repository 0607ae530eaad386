"""A quick chain stays on its thread: each next job is claimed by the commit that finishes the one before."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import dramatiq
import psycopg
import pytest

from bellwork.db import failpoints
from bellwork.workers import attempt, broker, job
from tests.helpers import eventually
from tests.workers import effects as table
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

QUEUE, SHORT, OTHER = "t-inline", "t-inline-short", "t-inline-other"
LAST = 4
threads: list[str] = []


@pytest.fixture(autouse=True)
def _busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let chains go on inline for a minute: here half a second may pass between two links."""
    monkeypatch.setattr(attempt, "INLINE_FOR", 60.0)


@dramatiq.actor(actor_name="t.inline", queue_name=QUEUE, max_retries=1, min_backoff=10)
def chain(number: int, how: str = "") -> None:
    """Write, and send the next link in the way the test wants."""
    threads.append(threading.current_thread().name)
    with job.transaction() as conn:
        table.write(conn, number)
        if number == LAST:
            return
        if how == "elsewhere":
            other.send(number=number + 1)
        elif how == "later":
            chain.send_with_options(kwargs={"number": number + 1}, delay=1)
        elif how == "less urgent":
            chain.send_with_options(kwargs={"number": number + 1}, priority=1)
        elif how == "unfit":
            chain.send_with_options(kwargs={"number": number + 1}, max_retries="two")
        elif how == "twice":
            chain.send(number=LAST)
            chain.send(number=LAST)
        else:
            chain.send(number=number + 1)


@dramatiq.actor(actor_name="t.inline_short", queue_name=SHORT, lane="short")
def short(number: int) -> None:
    """Do the same in the short lane."""
    with job.transaction() as conn:
        table.write(conn, number)
        if number % 10 < LAST:
            short.send(number=number + 1)


@dramatiq.actor(actor_name="t.inline_other", queue_name=OTHER)
def other(number: int) -> None:
    """Stand on another queue."""
    with job.transaction() as conn:
        table.write(conn, number)


def inline(actor: str = "t.inline") -> list[bool]:
    """Tell of each job, the oldest first, whether it was claimed by the commit that created it."""
    return [done["attempt"] == 1 and done["claimed_at"] == done["created_at"] for done in look.jobs(actor, "done")]


def test_a_chain_stays_on_its_thread(effects: str) -> None:
    """Every link but the first is claimed at its birth, and runs once."""
    del effects
    chain.send(number=0)
    with working(QUEUE, threads=1):
        eventually(lambda: len(look.jobs("t.inline", "done")) == LAST + 1)

    assert [False, *[True] * LAST] == inline()
    assert [str(link) for link in range(LAST + 1)] == table.written()


def test_a_batch_of_chains_stays_together(effects: str) -> None:
    """In the short lane each link of each chain follows in the next batch of the same thread."""
    del effects
    for start in (0, 10, 20):
        short.send(number=start)
    with working(SHORT, threads=1):
        eventually(lambda: len(look.jobs("t.inline_short", "done")) == 3 * (LAST + 1))

    assert [False] * 3 + [True] * 3 * LAST == inline("t.inline_short")
    assert sorted(str(start + link) for start in (0, 10, 20) for link in range(LAST + 1)) == table.written()


@pytest.mark.parametrize("how", ["later", "less urgent", "elsewhere"])
def test_others_keep_their_place(effects: str, how: str) -> None:
    """A job for later, a less urgent one and one of another queue are left to whoever is free."""
    del effects
    chain.send(number=LAST - 1, how=how)
    with working(QUEUE, OTHER):
        eventually(lambda: look.states() == ["done", "done"])

    assert [False, False] == inline() + inline("t.inline_other")


def test_one_job_is_followed_by_one(effects: str) -> None:
    """Of two that are sent, the thread takes one; the other is free for all."""
    del effects
    chain.send(number=0, how="twice")
    with working(QUEUE):
        eventually(lambda: look.states("t.inline") == ["done"] * 3)

    assert [False, False, True] == sorted(inline())


def test_a_chain_gives_its_thread_back_after_half_a_second(effects: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is over, the next link waits in the ledger like every other job."""
    del effects
    monkeypatch.setattr(attempt, "INLINE_FOR", -1.0)
    chain.send(number=LAST - 1)
    with working(QUEUE):
        eventually(lambda: look.states("t.inline") == ["done", "done"])

    assert [False, False] == inline()


def test_what_cannot_run_is_buried_and_the_thread_goes_on(effects: str) -> None:
    """A next job that no thread could run ends dead with its reason; the only thread takes other work."""
    del effects
    chain.send(number=0, how="unfit")
    with working(QUEUE, threads=1):
        eventually(lambda: look.states("t.inline") == ["done", "dead"])
        chain.send(number=LAST)
        eventually(lambda: len(look.jobs("t.inline", "done")) == 2)


def test_a_commit_that_fails_takes_the_claim_back(
    effects: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither effect nor next job are there, nobody waits for them, and the retry does both."""
    del effects
    monkeypatch.setattr(failpoints, "_FOLDER", str(tmp_path))
    (tmp_path / "before_commit.t.inline").write_text("raise")
    chain.send(number=LAST - 1)
    with working(QUEUE):
        eventually(lambda: look.states("t.inline") == ["done", "done"])
        eventually(lambda: not broker.consumers[QUEUE].in_flight.attempts)

    assert [str(LAST - 1), str(LAST)] == table.written()
    assert 1 == look.jobs("t.inline")[0]["retries"]


@pytest.mark.parametrize(("actor", "queue"), [(chain, QUEUE), (short, SHORT)], ids=["long lane", "short lane"])
def test_a_commit_whose_answer_is_lost_holds_up_no_next_job(
    effects: str, monkeypatch: pytest.MonkeyPatch, actor: Any, queue: str
) -> None:
    """The next job is claimed in the ledger and in flight nowhere: it goes back at once, however slow polls are."""
    del effects
    write, commit, wrote, lost = table.write, psycopg.Connection.commit, threading.local(), threading.Event()

    def noted(conn: Connection, what: object) -> None:
        wrote.here = True
        write(conn, what)

    def unheard(self: psycopg.Connection[Any]) -> None:
        commit(self)
        if getattr(wrote, "here", False) and not lost.is_set():
            lost.set()
            raise psycopg.OperationalError("the answer is lost")

    monkeypatch.setattr(table, "write", noted)
    with working(queue, threads=1):
        eventually(lambda: queue in broker.consumers)
        for pace in (broker.consumers[queue].poller.pace, broker.consumers[queue].poller.reconciliation):
            pace.put_off(1_000)
        monkeypatch.setattr(psycopg.Connection, "commit", unheard)
        actor.send(number=LAST - 1)
        eventually(lambda: look.states(actor.actor_name) == ["done", "done"])

    assert lost.is_set()
    assert [str(LAST - 1), str(LAST)] == table.written()
    assert [1, 2] == [done["attempt"] for done in look.jobs(actor.actor_name)]
