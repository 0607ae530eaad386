"""Drills: a fault is brought about, and `bellwork status` and the Now page name its cause in their first line.

What a fault leaves in the ledger is enough where that is all that anybody sees of it; servers are stopped and set for
real. A full disk takes a volume of its own: `tests/faults/postgres/test_disk_full.py` asks the same of it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bellwork.db import engine, ledger, redis_client, troubles
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob, budgets
from bellwork.db.letters.hold import note_trouble
from bellwork.db.snapshot.around import keep_around
from bellwork.db.snapshot.take import take
from bellwork.tasks.providers import ProviderBusy, ProviderError
from bellwork.workers import due_set, limits
from bellwork.workers.circuit import TRIPS, circuit
from bellwork.workers.room import Room
from tests.db.ledger import hands, ledger_jobs
from tests.faults.small_volume import full, small_volume
from tests.ops.desk import ask
from tests.ops.first_lines import first_lines
from tests.proxy import Proxy, address_of, proxied
from tests.scheduler.calendars import bring, hourly, overdue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bellwork.ops.embedded import Stack

_TABLES = (
    *("jobs", "finished_jobs", "workers", "queues", "crashes", "entries", "ticks", "letters", "mail_hold"),
    *("queue_figures", "actor_figures", "budgets", "budget_days"),
)
_WAITS = "UPDATE bellwork.jobs SET run_at = now() - interval '10 min' WHERE state = 'available'"
_PAUSED_SINCE = "UPDATE bellwork.queues SET paused_at = now() - interval '2 h'"
_CRASHES = "INSERT INTO bellwork.crashes (actor, job_id) SELECT 't.deadly', generate_series(1, 3)"
_FEW_PARTITIONS = """
DO $$ DECLARE last text; BEGIN
    FOR last IN SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bellwork.ticks'::regclass LOOP
        EXECUTE 'DROP TABLE ' || last;
    END LOOP;
END $$
"""
_READ_ONLY = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {} default_transaction_read_only{}', current_database()); END $$
"""
_LETTER = """
INSERT INTO bellwork.letters (key, system, kind, state, reason, recipient, domain, settled_at)
VALUES ('t.note:1', 'writer', 'note', 'unknown', 'it was cut', 'x@nightjar.example', 'nightjar.example', now())
"""


def count() -> None:
    """Let a scheduler count, and let what it found be fresh for three minutes."""
    hands.run("UPDATE bellwork.snapshot SET at = 'epoch', around_at = NULL")
    assert take("a test:1")
    assert keep_around()
    hands.run("UPDATE bellwork.snapshot SET every = 60")


def be_well() -> None:
    """Let nothing be wrong: a worker and a scheduler are well, and a job was put just now."""
    for table in _TABLES:
        hands.run(f"DELETE FROM bellwork.{table}")  # noqa: S608 - the tables stand above
    ledger_jobs.appear()
    ledger_jobs.put()
    count()


@pytest.fixture
def fleet(database: str) -> str:
    """A fleet that is well."""
    be_well()
    return database


def name(cause: str, *more: str) -> None:
    """Assert that both say the same first, and that it names the cause."""
    command, page = first_lines()

    assert command == page
    assert command.startswith(cause)
    assert all(word in command for word in more), command


def worker_is_gone() -> None:
    """Its lease runs out while jobs wait."""
    hands.run("UPDATE bellwork.workers SET expires_at = now() - interval '1 min'")


def an_actor_kills() -> None:
    """Three of its jobs killed a process each, alone, and more of them wait."""
    hands.run(_CRASHES)
    hands.run("UPDATE bellwork.workers SET actors = actors || '{\"t.deadly\": null}'")
    ledger_jobs.put(NewJob("t.deadly"))
    hands.run(_WAITS)


def a_pause_is_forgotten() -> None:
    """For two hours, with a job that is due."""
    with transaction() as conn:
        ledger.pause(conn, "default", "ann", "exams")
    hands.run(_PAUSED_SINCE)
    hands.run(_WAITS)


def an_empty_queue_stays_paused() -> None:
    """For two hours, and nothing is due in it yet."""
    a_pause_is_forgotten()
    hands.run("DELETE FROM bellwork.jobs")


def no_scheduler_counts() -> None:
    """None has for ten minutes, and an entry of the calendar is overdue."""
    bring(hourly())
    overdue("t.hourly", hours=2)
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '10 min'")


def ticks_are_missed() -> None:
    """A scheduler counts, and decides no tick."""
    bring(hourly())
    overdue("t.hourly", hours=2)


def partitions_run_out() -> None:
    """There is none left of the calendar's ticks."""
    hands.run(_FEW_PARTITIONS)


def letters_are_held() -> None:
    """The mail server takes nobody's."""
    with transaction() as conn:
        note_trouble(conn, "535 the password is wrong")


def a_letter_is_unknown() -> None:
    """Its server's answer was lost."""
    hands.run(_LETTER)


def a_queue_lags() -> None:
    """Workers listen to it, and none of its jobs runs."""
    hands.run(_WAITS)


def a_deploy_lost_an_actor() -> None:
    """Jobs wait for one that no live worker knows."""
    hands.run("DELETE FROM bellwork.jobs")
    ledger_jobs.put(NewJob("t.gone"), NewJob("t.gone"))
    hands.run(_WAITS)


def one_school_floods_a_queue() -> None:
    """Its jobs came first, and a job of another school waits behind them."""
    hands.run("DELETE FROM bellwork.jobs")
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR) for _ in range(50)])
    hands.run("UPDATE bellwork.jobs SET tenant = CASE WHEN id % 10 = 0 THEN 's-2' ELSE 's-1' END")
    hands.run(_WAITS)


def a_queue_is_unheard() -> None:
    """Its name has a slip."""
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR, queue="defualt"))
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '10 min' WHERE queue = 'defualt'")


DRILLS: dict[Callable[[], None], tuple[str, ...]] = {
    worker_is_gone: ("No worker is alive: 1 process fell silent.",),
    an_actor_kills: ("Quarantined: t.deadly: its jobs kill process after process.",),
    a_pause_is_forgotten: ("Queue 'default' is late: 1 job ready", "paused by ann since", ": exams."),
    an_empty_queue_stays_paused: ("Queue 'default' is still paused: paused by ann since", ": exams."),
    ticks_are_missed: ("The schedule stands still: 1 of the calendar overdue (t.hourly).",),
    letters_are_held: ("Letters are held: 535 the password is wrong.",),
    a_letter_is_unknown: ("Nobody knows whether 1 letter came: the mail server's answer was lost.",),
    a_queue_lags: ("Queue 'default' is late: 1 job ready, the oldest for 10 min: workers listen to it, and none",),
    one_school_floods_a_queue: (
        "Queue 'default' is late: 50 jobs ready, the oldest for 10 min: 45 of its next 50 jobs are for tenant 's-1'",
    ),
    a_deploy_lost_an_actor: ("2 jobs wait for actors that no live worker knows: t.gone.",),
    a_queue_is_unheard: ("1 job waits in queues that no live worker listens to: defualt.",),
    partitions_run_out: ("Partitions run out for bellwork.ticks.",),
}


@pytest.mark.usefixtures("database")
def test_a_fault_in_the_ledger_is_named_first(subtests: pytest.Subtests) -> None:
    """As soon as a scheduler has counted; before it, all is well. What cannot be undone comes last."""
    for fault, said in DRILLS.items():
        with subtests.test(fault.__name__):
            be_well()
            assert all(line.startswith("All is well: 1 worker alive") for line in first_lines())
            fault()
            count()

            name(*said)


@pytest.mark.usefixtures("fleet")
def test_a_scheduler_that_is_gone_is_named_first() -> None:
    """The page shows its last figures, the command counts: both say so, and that the calendar waits for it."""
    no_scheduler_counts()

    name("No scheduler runs: the last snapshot is 10 min old, and 1 of the calendar overdue (t.hourly).")


@pytest.mark.usefixtures("database")
def test_a_scheduler_that_never_was_is_named_first() -> None:
    """But for no worker, where a job is due."""
    name("No scheduler runs: no snapshot was ever taken.")
    ledger_jobs.put()

    name("No worker is alive: none is registered.")


@pytest.mark.usefixtures("fleet")
def test_a_provider_that_is_left_alone_is_named_first() -> None:
    """Its circuit is open, as whoever called it noted; all is well again with its first success."""
    for _ in range(TRIPS):
        with pytest.raises(ProviderError), circuit("llm", ProviderError):
            raise ProviderError("the language model answered 503 to ann@nightjar.example")

    name("Provider 'llm' is left alone: it failed 5 times in a row, last: the language model answered 503")
    assert "ann@" not in first_lines()[0]
    due_set.client().delete("bellwork:circuit:llm:try")
    with circuit("llm", ProviderError):
        pass
    assert first_lines()[0].startswith("All is well")


@pytest.mark.usefixtures("fleet")
def test_a_provider_that_says_it_is_busy_is_named_first() -> None:
    """As long as its 429 says that it wants to be left alone; of two, the one whose circuit is open comes first."""
    with pytest.raises(ProviderBusy), limits.turn("tts", busy=ProviderBusy):
        raise ProviderBusy("the voice answered 429", 60)

    name("Provider 'tts' is busy: the voice answered 429.")
    assert 0 < due_set.client().ttl(troubles.KEY)
    due_set.client().hset(troubles.KEY, mapping={"busy x": b"{}", "open y": b"\xff", "odd": b"1"})
    name("Provider 'tts' is busy: the voice answered 429.")


@pytest.mark.usefixtures("fleet")
def test_a_budget_that_is_spent_is_named_first() -> None:
    """Until when, and how it is raised."""
    with transaction() as conn:
        budgets.set_budget(conn, "llm", ChangedBy("ann", "a test"), {"calls": 0})

    name("Today's budget of provider 'llm' is spent: calls 0 of 0.")
    assert "bellwork budgets set llm --calls MORE" in ask("status").out


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(
    ("setting", "comes"),
    [
        ("STORAGE_URL", "jobs that store files fail and are tried again"),
        ("SMTP_URL", "letters wait, and none is given up"),
    ],
)
def test_a_full_disk_of_what_is_stored_is_named_before_any_backlog(
    setting: str, comes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a worker found by trying; all is well with its first try that finds room."""
    room = Room()
    with small_volume(4) as place:
        monkeypatch.setenv(setting, f"file://{place}")
        engine.forget()
        a_queue_lags()
        count()
        with full(place):
            room.look()

            name(f"The disk of {setting} takes no files: No space left on device in {place} on {room.host}.")
            assert comes in ask("status").out
            assert "docs/runbooks/StorageFull.md" in ask("status").out
        room.look()
        assert first_lines()[0].startswith("Queue 'default' is late")
        assert [] == list(place.iterdir())


@pytest.mark.usefixtures("fleet")
def test_redis_that_is_gone_is_named_before_any_backlog(stack: Stack) -> None:
    """And before a worker that is gone."""
    a_queue_lags()
    worker_is_gone()
    count()
    stack.stop_redis()
    try:
        name("Redis does not answer.")
    finally:
        stack.start_redis()
        redis_client.forget()


@pytest.mark.usefixtures("fleet")
def test_a_server_that_takes_no_writes_is_named_before_any_backlog() -> None:
    """Set to read-only, as after a full disk or a demotion."""
    a_queue_lags()
    count()
    with read_only():
        name("PostgreSQL takes no writes: DATABASE_URL leads to a standby, or the server is set to read-only.")


@pytest.mark.usefixtures("fleet")
def test_a_slow_server_is_named_before_any_backlog(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever makes it slow: here each of its answers comes a fifth of a second late. A quick one is not named."""
    a_queue_lags()
    count()
    with Proxy(address_of(os.environ["DATABASE_URL"])) as way, monkeypatch.context() as patch:
        patch.setenv("DATABASE_URL", proxied(os.environ["DATABASE_URL"], way.port))
        engine.forget()
        name("Queue 'default' is late")
        way.delay(0.2)
        lines = first_lines()
    engine.forget()

    assert all(line.startswith("PostgreSQL answers slowly: 0.") for line in lines), lines


@contextmanager
def read_only() -> Iterator[None]:
    """Let new sessions be read-only."""
    hands.run(_READ_ONLY.format("SET", " = on"))
    engine.forget()
    try:
        yield
    finally:
        with transaction() as conn:
            conn.exec_driver_sql("SET TRANSACTION READ WRITE")
            conn.exec_driver_sql(_READ_ONLY.format("RESET", "").replace("%", "%%"))
        engine.forget()
