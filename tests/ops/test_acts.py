"""What operators do stays on record: who, what, why, before and after, in the transaction of the act."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from tests.ops.desk import ask

BY = ("--by", "olga", "--reason", "the audit")
pytestmark = pytest.mark.usefixtures("database")


def acts(*words: str) -> list[dict[str, Any]]:
    """List what is recorded, the newest first."""
    answer = ask("acts", "--json", *words)
    assert 0 == answer.code, answer.err
    found: list[dict[str, Any]] = json.loads(answer.out)["acts"]
    return found


def jobs(count: int, actor: str = "t.acts") -> list[str]:
    """Enqueue jobs as a caller does."""
    with transaction() as conn:
        statement = text("SELECT bellwork.enqueue(:actor) FROM generate_series(1, :count)")
        return [str(job) for job in conn.execute(statement, {"actor": actor, "count": count}).scalars()]


def act_and_fail(job: int) -> None:
    """Cancel a job and pause a queue in a transaction that is rolled back."""
    olga = ledger.ChangedBy("olga", "why")
    with transaction() as conn:
        ledger.act_on_jobs(conn, olga, "jobs cancel", [job], lambda conn, ids: ledger.cancel(conn, ids, olga.why))
        ledger.pause(conn, "default", *olga)
        raise ZeroDivisionError


def test_cancel_and_retry_say_what_each_job_was_and_is() -> None:
    """One act for the jobs that were changed, none where nothing was; each job finds its acts."""
    one, other = jobs(2)
    ask("jobs", "cancel", one, other, "999", *BY)
    ask("jobs", "retry", one, "--by", "rita", "--reason", "a mistake")
    ask("jobs", "retry", one, *BY)
    retried, cancelled = acts()

    assert ("rita", "jobs retry", f"job {one}", "a mistake") == tuple(
        retried[name] for name in ("who", "what", "subject", "why")
    )
    assert ({one: "cancelled"}, {one: "available"}) == (retried["before"], retried["after"])
    assert ("olga", "jobs cancel", "jobs", "the audit") == tuple(
        cancelled[name] for name in ("who", "what", "subject", "why")
    )
    assert ({one: "available", other: "available"}, {one: "cancelled", other: "cancelled"}) == (
        cancelled["before"],
        cancelled["after"],
    )
    assert [retried, cancelled] == acts("--on", f"job {one}")
    assert [cancelled] == acts("--on", f"job {other}")


def test_a_filter_records_each_transaction_with_its_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed is recorded, batch by batch: an interruption leaves no act unsaid and none said for nothing."""
    monkeypatch.setattr("bellwork.ops.jobs.BATCH", 2)
    wanted = jobs(5)
    ask("jobs", "cancel", "--actor", "t.acts", *BY)

    assert [1, 2, 2] == [len(act["after"]) for act in acts()]
    assert set(wanted) == {job for act in acts() for job in act["after"]}


def test_rename_and_enqueue_are_acts() -> None:
    """With the actor before and after, and what was asked for."""
    jobs(2)
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.new", "queue": "q", "priority": 0, "lane": "long"}])
    ask("jobs", "rename", "t.acts", "t.new", *BY)
    ask("jobs", "enqueue", "t.new", "--unique-key", "k", *BY)
    ask("jobs", "enqueue", "t.new", "--unique-key", "k", *BY)
    enqueued, renamed = acts()

    assert ("jobs enqueue", "t.new") == (enqueued["what"], enqueued["after"]["actor"])
    assert ("jobs rename", {"t.acts"}, {"t.new"}) == (
        renamed["what"],
        set(renamed["before"].values()),
        set(renamed["after"].values()),
    )


def test_who_paused_and_why_outlives_the_resume() -> None:
    """A second pause names the first one, and resume both; a queue that was not paused leaves no act."""
    jobs(1)
    ask("queues", "pause", "default", "--by", "paula", "--reason", "the provider is down")
    ask("queues", "pause", "default", *BY)
    ask("queues", "resume", "default", "--by", "rosa", "--reason", "it is up")
    ask("queues", "resume", "default", *BY)
    resumed, again, paused = acts("--on", "queue default")

    assert ("rosa", "it is up", "olga", {}) == (
        resumed["who"],
        resumed["why"],
        resumed["before"]["paused_by"],
        resumed["after"],
    )
    assert ("paula", "olga") == (again["before"]["paused_by"], again["after"]["paused_by"])
    assert ({}, "the provider is down") == (paused["before"], paused["after"]["reason"])


def test_holds_and_what_runs_for_long_are_acts() -> None:
    """A hold with who lets it go; what takes many transactions is recorded before the first."""
    with transaction() as conn:
        name = conn.execute(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bellwork.ticks'::regclass LIMIT 1"
            )
        ).scalar_one()
    partition = f"bellwork.{name.rpartition('.')[2]}"
    for words in (
        ("partitions", "hold", partition, *BY),
        ("partitions", "release", partition, "--by", "rita"),
        ("partitions", "release", partition, *BY),
        ("partitions", "rotate", "bellwork.ticks", *BY),
        ("retention", "run", "content.clear_reset_tokens", *BY),
    ):
        assert 0 == ask(*words).code, words
    ran, rotated, released, held = acts()

    assert ("retention run", "rule content.clear_reset_tokens") == (ran["what"], ran["subject"])
    assert ("partitions rotate", "table bellwork.ticks") == (rotated["what"], rotated["subject"])
    assert ("rita", "olga", "the audit") == (
        released["who"],
        released["before"]["held_by"],
        released["before"]["held_why"],
    )
    assert ({}, "olga") == (held["before"], held["after"]["held_by"])


def test_an_act_that_fails_is_not_recorded() -> None:
    """The record is written in the transaction of the act, and goes with it."""
    [job] = jobs(1)
    with pytest.raises(ZeroDivisionError):
        act_and_fail(int(job))

    assert [] == acts()


def test_without_by_it_is_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account that ran the command, and beside it the role that PostgreSQL knows."""
    [job] = jobs(1)
    monkeypatch.setenv("LOGNAME", "carol")
    ask("jobs", "cancel", job)
    [act] = acts()
    with transaction() as conn:
        login = conn.execute(text("SELECT session_user")).scalar_one()

    assert ("carol", login, "cancelled by an operator") == (act["who"], act["login"], act["why"])
    assert "carol" in ask("acts").out
