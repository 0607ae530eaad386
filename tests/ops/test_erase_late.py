"""Who was erased stays erased: a late job, letter or transaction brings nobody back, and costs others nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

import bellwork
from bellwork import actor
from bellwork.db import ledger
from bellwork.db.engine import engine, transaction
from bellwork.db.letters import NewLetter, post_letters
from bellwork.tasks.upkeep import erasing
from bellwork.workers import LostLease, job
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.ops.desk import ask
from tests.ops.test_erase import places
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("database")
PERSON, OTHER = "canary-90ab", "another"
BY = ledger.ChangedBy("ann", "asked")
ERASED = {"state": "cancelled", "reason": "erased: before it was enqueued", "args": {}}
ran: list[str] = []


@actor(actor_name="t.late", queue_name="t.late", subject="pupil", max_retries=0)
def teach(pupil: str) -> None:
    """Note who was taught."""
    ran.append(pupil)


@actor(actor_name="t.late_chain", queue_name="t.late", max_retries=0)
def teach_next(pupils: list[str]) -> None:
    """Send a job for each, in the commit that ends this one."""
    with job.transaction():
        for pupil in pupils:
            teach.send(pupil)


@actor(actor_name="t.late_running", queue_name="t.late", subject="pupil", max_retries=0)
def go_on(pupil: str) -> None:
    """Be erased while this runs, and try to write."""
    with ThreadPoolExecutor(1) as operator:
        operator.submit(erasing.erase, pupil, BY).result(timeout=60)
    try:
        with job.transaction():
            teach.send(OTHER)
    except LostLease:
        ran.append("lost")
        raise


def by_send() -> None:
    """Send by Dramatiq's way."""
    for pupil in (PERSON, OTHER):
        teach.send(pupil)


def by_name() -> None:
    """Enqueue on a connection, as an API layer does."""
    with engine().begin() as conn:
        for pupil in (PERSON, OTHER):
            bellwork.enqueue(conn, "t.late", {"pupil": pupil}, unique_key=f"late:{pupil}")


def by_sql() -> None:
    """Enqueue in SQL."""
    for pupil in (PERSON, OTHER):
        look.execute("SELECT bellwork.enqueue('t.late', jsonb_build_object('pupil', CAST(:p AS text)))", p=pupil)


def many_by_sql() -> None:
    """Enqueue many in SQL."""
    jobs = json.dumps([{"actor": "t.late", "args": {"pupil": pupil}} for pupil in (PERSON, OTHER)])
    look.execute("SELECT bellwork.enqueue_many(CAST(:jobs AS jsonb))", jobs=jobs)


def by_a_chain() -> None:
    """Send from a job of nobody's."""
    run_inline(teach_next, pupils=[PERSON, OTHER])
    look.execute("DELETE FROM bellwork.finished_jobs WHERE actor = 't.late_chain'")


@pytest.mark.parametrize("enqueue", [by_send, by_name, by_sql, many_by_sql, by_a_chain])
def test_a_late_job_ends_at_its_insert(enqueue: Callable[[], None]) -> None:
    """It is cancelled with the reason, keeps nothing, and what is enqueued beside it runs; nobody gets an error."""
    drain("t.late")
    ran.clear()
    erasing.erase(PERSON, BY)
    enqueue()
    waiting = [each["args"] for each in enqueued("t.late")]
    drain("t.late")
    look.execute("DELETE FROM bellwork.jobs")

    assert ([{"pupil": OTHER}], [OTHER]) == (waiting, ran)
    assert [ERASED] == [{name: row[name] for name in ERASED} for row in look.jobs("t.late", "cancelled")]
    assert places(PERSON) == []


def test_an_attempt_that_runs_while_its_person_is_erased_writes_nothing() -> None:
    """Its lease is gone: what it does in job.transaction() is rolled back, and the job is cancelled."""
    ran.clear()
    run_inline(go_on, pupil=PERSON)

    assert ["lost"] == ran
    assert [] == enqueued("t.late")
    assert ["cancelled"] == look.states("t.late_running")
    assert places(PERSON) == []


def test_while_a_transaction_of_before_is_open_the_command_says_run_it_again() -> None:
    """It may commit a job of this person, who was not marked when it wrote that; one that began later may not."""
    drain("t.late")
    with engine().connect() as caller:
        bellwork.enqueue(caller, "t.late", {"pupil": PERSON})
        first = erasing.erase(PERSON, BY)
        caller.commit()
        left = places(PERSON)
        bellwork.enqueue(caller, "t.late", {"pupil": OTHER})
        caller.commit()
        second = erasing.erase(PERSON, BY)

    assert [("jobs", "perhaps left", 1, True)] == [found[:4] for found in map(astuple, first.found)]
    assert (False, ["bellwork.jobs"], True) == (first.is_complete, left, second.is_complete)
    assert (1, []) == (len(enqueued("t.late")), places(PERSON))


def test_what_an_open_transaction_commits_meanwhile_is_erased_in_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It wrote its job before anybody was marked, and committed after jobs were looked for."""
    drain("t.late")
    with engine().connect() as caller:
        bellwork.enqueue(caller, "t.late", {"pupil": PERSON})
        monkeypatch.setattr(erasing, "reach", lambda point, _="": caller.commit() if point == "erase_letters" else None)
        report = erasing.erase(PERSON, BY)

    assert [("jobs", "cancelled, with what they carried", 1, False)] == [f[:4] for f in map(astuple, report.found)]
    assert places(PERSON) == []


def test_a_late_letter_is_not_sent_and_says_nothing() -> None:
    """Others of the same statement wait as ever."""
    erasing.erase(PERSON, BY)
    with transaction() as conn:
        posted = post_letters(conn, [_letter(PERSON), _letter(OTHER)])
    with transaction() as conn:
        found = conn.execute(text("SELECT state, reason, person FROM bellwork.letters ORDER BY state")).all()

    assert [True, False] == [number is None for number in posted]
    assert [("pending", None, OTHER), ("suppressed", "its reader was erased", None)] == [tuple(row) for row in found]
    assert places(PERSON) == []


def test_a_person_who_is_back_is_let_in() -> None:
    """By an operator, once, with a reason that is kept; who is not marked cannot be lifted."""
    drain("t.late")
    ran.clear()
    erase()
    lifted = ask("erase", "--subject", PERSON, "--lift", "--reason", "back at school", "--json")
    again = ask("erase", "--subject", PERSON, "--lift")
    teach.send(PERSON)
    drain("t.late")
    acts = json.loads(ask("acts", "--json").out)["acts"]

    assert (0, 1, [PERSON]) == (lifted.code, again.code, ran)
    assert "no person of this id is marked as erased" in again.err
    assert ("erase lifted", "back at school") == (acts[0]["what"], acts[0]["why"])


def test_a_dry_run_marks_nobody() -> None:
    """What is only counted is not erased: jobs go on."""
    drain("t.late")
    erase("--dry-run")
    teach.send(PERSON)

    assert 1 == len(enqueued("t.late"))


def erase(*words: str) -> Any:
    """Run the command and return its document."""
    answer = ask("erase", "--subject", PERSON, "--json", *words)
    return {**json.loads(answer.out), "code": answer.code}


def _letter(person: str) -> NewLetter:
    return NewLetter(key=f"t.note:{person}", system="t", kind="note", to="a@example.org", person=person, text=person)
