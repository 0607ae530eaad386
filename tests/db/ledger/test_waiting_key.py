"""A key that is unique among waiting jobs: what changes while its job runs gets exactly one more run."""

from __future__ import annotations

from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.ledger import NewJob, Worker
from bellwork.db.ledger.invariants import violations
from tests.helpers import eventually
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed

ACTOR, KEY = "t.debounced", "recompute:1"


def ask(conn: Connection, key: str = KEY) -> None:
    """Enqueue as whoever has changed something does."""
    ledger.enqueue(conn, [NewJob(ACTOR, unique_key=key, waiting=True)])


def appear(conn: Connection, lease: float = 60) -> Any:
    """Register a worker."""
    worker = Worker(uuid4(), "here", 1, 1, ["default"], {ACTOR: None})
    ledger.register_worker(conn, worker, lease)
    return worker.id


def claim(conn: Connection, limit: int = 10) -> list[Claimed]:
    """Claim what is due."""
    return ledger.claim_next(conn, appear(conn), "default", [ACTOR], limit)


def rows(conn: Connection) -> list[tuple[str, str | None]]:
    """List state and key of the unfinished jobs, the oldest first."""
    found = conn.exec_driver_sql("SELECT state::text, unique_key::text FROM bellwork.jobs ORDER BY id").all()
    return [(state, key) for state, key in found]


def rescue(conn: Connection, job: Claimed) -> None:
    """Declare the worker gone, whose process died."""
    ledger.rescue_dead(conn, [job.worker_id], "it died")


WAYS_BACK: dict[str, Callable[[Connection, Claimed], object]] = {
    "retry": lambda conn, job: ledger.retry(conn, job.held, 0, {"error": "x"}),
    "snooze": lambda conn, job: ledger.snooze(conn, job.held, 0),
    "release": lambda conn, job: ledger.release(conn, [job.held]),
    "rescue": rescue,
    "leave": lambda conn, job: ledger.deregister(conn, job.worker_id),
}
CLAIMS: dict[str, Callable[[Connection], list[Claimed]]] = {
    "next": claim,
    "id": lambda conn: ledger.claim(conn, appear(conn), ids(conn), [ACTOR]),
}


def ids(conn: Connection) -> list[int]:
    """List the ids of the unfinished jobs."""
    return list(conn.exec_driver_sql("SELECT id FROM bellwork.jobs ORDER BY id").scalars())


@pytest.mark.parametrize("how", CLAIMS)
def test_the_key_is_free_at_the_claim(undone: Connection, how: str) -> None:
    """While the job waits the key makes an enqueue a no-op; while it runs, the first change makes one more job."""
    for _ in range(3):
        ask(undone)
    before = rows(undone)
    [job] = CLAIMS[how](undone)
    for _ in range(3):
        ask(undone)

    assert [("available", KEY)] == before
    assert [("running", None), ("available", KEY)] == rows(undone)
    assert {job.id} == ledger.finish(undone, [job.held])


@pytest.mark.parametrize("way", WAYS_BACK)
def test_what_goes_back_takes_its_key_again_where_it_is_free(undone: Connection, way: str) -> None:
    """It waits with its key, so that the next change makes no second job; where one waits already, it has none."""
    ask(undone)
    [job] = claim(undone)
    WAYS_BACK[way](undone, job)
    ask(undone)
    alone = rows(undone)
    [again] = claim(undone)
    ask(undone)
    WAYS_BACK[way](undone, again)

    assert [("available", KEY)] == alone
    assert [("available", None), ("available", KEY)] == rows(undone)
    assert [] == violations(undone)


def test_of_two_that_go_back_at_once_one_has_the_key(undone: Connection) -> None:
    """A clean stop hands back both attempts of one key in one statement."""
    ask(undone)
    [first] = claim(undone)
    ask(undone)
    [second] = claim(undone)
    ledger.release(undone, [first.held, second.held])

    assert {("available", None), ("available", KEY)} == set(rows(undone))


def test_the_history_and_the_operators_know_the_key(undone: Connection) -> None:
    """A dead job goes back with its key where that is free, and stays dead where a job waits that will do its work."""
    ask(undone)
    [job] = claim(undone)
    ledger.mark_dead(undone, job.held, "no")
    ask(undone)
    refused = ledger.retry_finished(undone, [job.id])
    [other] = claim(undone)
    ledger.finish(undone, [other.held])
    revived = ledger.retry_finished(undone, [job.id])
    ask(undone)

    assert ([], [job.id], [("available", KEY)]) == (refused, revived, rows(undone))


def test_from_sql_it_is_the_same(undone: Connection) -> None:
    """bellwork.enqueue and enqueue_many say unique_while => 'waiting', and an unknown word is refused."""
    enqueue = f"SELECT bellwork.enqueue('{ACTOR}', unique_key => '{KEY}', unique_while => 'waiting')"
    job = f'{{"actor": "{ACTOR}", "unique_key": "{KEY}", "unique_while": "waiting"}}'
    many = f"SELECT bellwork.enqueue_many('[{job}]')"
    first = undone.exec_driver_sql(enqueue).scalar_one()
    assert (first, 0) == (undone.exec_driver_sql(enqueue).scalar_one(), undone.exec_driver_sql(many).scalar_one())
    claim(undone)
    assert (1, 0) == (undone.exec_driver_sql(many).scalar_one(), undone.exec_driver_sql(many).scalar_one())
    claim(undone)

    assert undone.exec_driver_sql(enqueue).scalar_one() > first
    assert [("running", None)] * 2 + [("available", KEY)] == rows(undone)


@pytest.mark.parametrize(
    "call",
    [
        "SELECT bellwork.enqueue('t.x', unique_key => 'k', unique_while => 'running')",
        "SELECT bellwork.enqueue('t.x', unique_while => 'waiting')",
        """SELECT bellwork.enqueue_many('[{"actor": "t.x", "unique_key": "k", "unique_while": 3}]')""",
        """SELECT bellwork.enqueue_many('[{"actor": "t.x", "unique_while": "waiting"}]')""",
        """SELECT bellwork.enqueue_as_caller('[{"actor": "t.x", "options": {"waiting_key": "entry:x"}}]')""",
    ],
)
def test_what_makes_no_sense_is_refused(undone: Connection, call: str) -> None:
    """Another word, no key, or the ledger's own option."""
    with pytest.raises(DatabaseError), undone.begin_nested():
        undone.exec_driver_sql(call)


def test_a_plain_holder_of_the_key_is_a_holder(undone: Connection) -> None:
    """A job of the same key that is unique while it is unfinished keeps the key while it runs."""
    ledger.enqueue(undone, [NewJob(ACTOR, unique_key=KEY)])
    ask(undone)
    claim(undone)
    ask(undone)

    assert [("running", KEY)] == rows(undone)


def test_what_an_older_worker_claimed_does_not_hold_the_key(undone: Connection) -> None:
    """Its claim leaves the key with the job; the next change takes it away."""
    ask(undone)
    undone.exec_driver_sql(
        "UPDATE bellwork.jobs SET state = 'running', attempt = 1, worker_id = gen_random_uuid(), claimed_at = now()"
    )
    ask(undone)

    assert [("running", None), ("available", KEY)] == rows(undone)


def in_thread(act: Callable[[Connection], object]) -> Thread:
    """Run something in a transaction of its own, beside this one."""

    def run() -> None:
        with transaction() as conn:
            act(conn)

    thread = Thread(target=run)
    thread.start()
    return thread


def test_a_job_is_not_claimed_before_the_change_that_asked_for_it_is_committed(database: str) -> None:
    """A transaction that found a job waiting keeps it from being claimed until its change can be read."""
    del database
    with transaction() as conn:
        ask(conn)
    with transaction() as changing:
        ask(changing)
        early: list[Claimed] = []
        in_thread(lambda conn: early.extend(claim(conn))).join()
        assert [] == early
        # Others that change something do not wait for this one.
        in_thread(ask).join(30)
    with transaction() as conn:
        assert 1 == len(claim(conn))


@pytest.mark.parametrize("by_id", [True, False])
def test_those_who_ask_all_the_time_do_not_keep_a_job_from_being_claimed(database: str, by_id: bool) -> None:
    """Late and locked, it lets its key go, and runs after those who asked; who asks later makes the next job."""
    del database
    let: list[list[int]] = []

    def let_go(conn: Connection) -> None:
        let.append(ledger.let_keys_go(conn, "default", [ACTOR], ids(conn) if by_id else None))

    with transaction() as conn:
        ask(conn)
        [job] = ids(conn)
    for age in (4, 6):
        look.execute("UPDATE bellwork.jobs SET run_at = now() - make_interval(secs => :age)", age=age)
        in_thread(let_go).join()
        with transaction() as asking:
            ask(asking)
            in_thread(let_go).join()
            in_thread(let_go).join()
            with_key = rows(asking)
            in_thread(ask).join()
    with transaction() as later:
        ask(later)
        claimed: list[Claimed] = []
        in_thread(lambda conn: claimed.extend(claim(conn))).join()

    assert [[], [], [], [], [job], []] == let
    assert ([("available", None)], [job]) == (with_key, [each.id for each in claimed])


NOT_CLAIMED: dict[str, tuple[str, str, list[str]]] = {
    "paused": ("INSERT INTO bellwork.queues (name, paused_at) VALUES ('default', now())", "default", [ACTOR]),
    "not known here": ("SELECT", "default", ["t.other"]),
    "of another queue": ("SELECT", "other", [ACTOR]),
    "of another kind of key": ("UPDATE bellwork.jobs SET options = '{}'", "default", [ACTOR]),
}


@pytest.mark.parametrize("by_id", [True, False])
@pytest.mark.parametrize("why", NOT_CLAIMED)
def test_what_the_locks_do_not_keep_from_being_claimed_keeps_its_key(database: str, why: str, by_id: bool) -> None:
    """Late and locked, but not to be claimed here anyway: debounced as ever, else job would follow job."""
    del database
    given, queue, actors = NOT_CLAIMED[why]
    with transaction() as conn:
        ask(conn)
        [job] = ids(conn)
    look.execute("UPDATE bellwork.jobs SET run_at = now() - interval '1 minute'")
    look.execute(given)
    with transaction() as asking:
        ask(asking)
        let: list[int] = []
        in_thread(lambda conn: let.extend(ledger.let_keys_go(conn, queue, actors, [job] if by_id else None))).join()

        assert ([], [("available", KEY)]) == (let, rows(asking))


def test_a_key_that_somebody_is_just_taking_is_let_go(database: str) -> None:
    """What goes back does not wait for an open transaction that inserts the next job of its key."""
    del database
    with transaction() as conn:
        ask(conn)
        [job] = claim(conn)
    with transaction() as changing:
        ask(changing)
        back = in_thread(lambda conn: ledger.retry(conn, job.held, 0, {"error": "x"}))
        back.join(30)
        assert not back.is_alive()

    with transaction() as conn:
        assert [("available", None), ("available", KEY)] == rows(conn)


def test_no_change_is_lost_and_none_makes_two_runs_under_fire(database: str) -> None:
    """Four threads change, two claim, finish and fail at once: a run begins after every change, and few do in vain."""
    del database
    look.execute("CREATE TABLE changes (n int NOT NULL)")
    look.execute("INSERT INTO changes VALUES (0)")
    stop: list[bool] = []
    seen: list[int] = []

    def change() -> None:
        for _ in range(25):
            with transaction() as conn:
                conn.exec_driver_sql("UPDATE changes SET n = n + 1")
                ask(conn)

    def work(turn: int) -> None:
        while not stop:
            with transaction() as conn:
                jobs = claim(conn, 1)
            for job in jobs:
                with transaction() as conn:
                    seen.append(conn.exec_driver_sql("SELECT n FROM changes").scalar_one())
                    if (job.id + job.attempt + turn) % 3 == 0:
                        ledger.retry(conn, job.held, 0, {"error": "x"})
                    else:
                        ledger.finish(conn, [job.held])

    changing = [Thread(target=change) for _ in range(4)]
    working = [Thread(target=work, args=(turn,)) for turn in range(2)]
    for thread in (*changing, *working):
        thread.start()
    for thread in changing:
        thread.join()
    eventually(lambda: "available" not in look.states() and "running" not in look.states(), seconds=20)
    stop.append(True)
    for thread in working:
        thread.join()

    assert 100 == seen[-1]
    with transaction() as conn:
        assert 100 == conn.exec_driver_sql("SELECT n FROM changes").scalar_one()
        assert [] == violations(conn)


END: dict[str, Callable[[Connection, Claimed], object]] = {
    "finish": lambda conn, job: ledger.finish(conn, [job.held]),
    "die": lambda conn, job: ledger.mark_dead(conn, job.held, "no"),
    **WAYS_BACK,
}
DEEDS = st.lists(st.sampled_from(["change", "claim", *END]), max_size=25)


class _Undo(Exception):  # noqa: N818 - an order, not an error
    """Roll back."""


@settings(max_examples=60, deadline=None)
@given(deeds=DEEDS)
def test_law_of_coalescing(module_database: str, deeds: list[str]) -> None:
    """After every change a job waits that begins later; and however many there were, never two of the key wait."""
    del module_database
    with suppress(_Undo), transaction() as conn:
        play(conn, deeds)
        raise _Undo


def play(conn: Connection, deeds: list[str]) -> None:
    """Do one thing after another, and look at what waits after each."""
    running: list[Claimed] = []
    unseen = False
    for deed in deeds:
        if deed == "change":
            ask(conn)
            unseen = True
        elif deed == "claim":
            taken = claim(conn)
            running += taken
            unseen = unseen and not taken
        elif running:
            END[deed](conn, running.pop(0))
        waiting = [key for state, key in rows(conn) if state == "available"]
        assert not unseen or KEY in waiting
        assert waiting.count(KEY) == bool(waiting)
