"""A deep look holds every job there is against the invariants of the ledger, and says what breaks which."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import QueryCanceled, ReadOnlySqlTransaction
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.ledger.deep import Deep
from bellwork.db.ledger.invariants import EVERY_ID, INVARIANTS
from bellwork.ops.doctor.deep import check_invariants
from tests.db.ledger import ledger_jobs
from tests.db.ledger.test_operators_plans import HISTORY, read
from tests.ops.desk import ask
from tests.ops.test_refused_roles import logged_in

if TYPE_CHECKING:
    from sqlalchemy import Connection

pytestmark = pytest.mark.usefixtures("database")

_UNCOUNTED = "more failures and crashes than attempts"


def deep(*, code: int) -> list[dict[str, str]]:
    """Ask for it as data, and return what it says of the invariants."""
    answer = ask("doctor", "--deep", "--json")
    assert code == answer.code, answer.out
    return [check for check in json.loads(answer.out)["checks"] if check["name"] == "invariants"]


def finish(jobs: int) -> list[int]:
    """Have so many jobs done; returns their ids."""
    ids = ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * jobs)
    with transaction() as conn:
        ledger.finish(
            conn, [claimed.held for claimed in ledger.claim(conn, ledger_jobs.appear(), ids, [ledger_jobs.ACTOR])]
        )
    return ids


def break_(table: str, jobs: list[int], what: str = "retries = 7") -> None:
    """Write into the rows of jobs what no release writes."""
    with transaction() as conn:
        conn.execute(text(f"UPDATE bellwork.{table} SET {what} WHERE id = ANY(:jobs)"), {"jobs": jobs})  # noqa: S608


def test_a_whole_ledger_is_one_line() -> None:
    """It says how many jobs were looked at, unfinished ones included; an empty one is whole, too."""
    [empty] = deep(code=0)
    finish(3)
    ledger_jobs.put()
    [whole] = deep(code=0)

    assert empty["said"].startswith(f"all {len(INVARIANTS)} hold for 0 jobs in ")
    assert ("ok", True) == (whole["kind"], whole["said"].startswith(f"all {len(INVARIANTS)} hold for 4 jobs in "))


def test_each_broken_law_is_a_failure_with_ids_and_what_to_do() -> None:
    """Found in history and backlog, by the deep look alone: without it the doctor says nothing of them."""
    old, waiting = finish(7), ledger_jobs.put()
    break_("finished_jobs", old)
    break_("jobs", waiting, "claimed_at = NULL, errors = '[{\"attempt\": 2}]'")
    uncounted, late = deep(code=1)

    assert ("fail", f"{_UNCOUNTED}: jobs {', '.join(map(str, old[:5]))}, …") == (uncounted["kind"], uncounted["said"])
    assert late["said"] == f"written by an attempt older than one whose error is kept: job {waiting[0]}"
    assert "find who did" in uncounted["mend"]
    assert 0 == ask("doctor").code


def test_portion_by_portion_every_job_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest first, in both tables; what is found in several portions is one line with the lowest ids."""
    monkeypatch.setattr("bellwork.db.ledger.deep.PORTION", 3)
    old = finish(10)
    break_("finished_jobs", [old[0], old[9]])
    ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 4)
    looked = Deep()
    looked.look(60)

    assert (14, None) == (looked.jobs, looked.below)
    assert {_UNCOUNTED: [old[0], old[9]]} == {invariant.violation: jobs for invariant, jobs in looked.found.items()}


def test_a_look_that_takes_too_long_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found until then is said, and where it stopped; it is no failure by itself."""
    monkeypatch.setattr("bellwork.db.ledger.deep.PORTION", 2)
    old = finish(5)
    break_("finished_jobs", old[-1:])
    looks = iter([0.0, 1.0, 2.0, 10.0])
    monkeypatch.setattr("bellwork.db.ledger.deep.monotonic", lambda: next(looks))
    monkeypatch.setattr("bellwork.ops.doctor.deep.LONGEST", 5.0)
    broken, stopped = check_invariants()

    assert ("fail", f"{_UNCOUNTED}: job {old[-1]}") == (broken.kind, broken.said)
    assert ("warn", "looked at 4 jobs in ") == (stopped.kind, stopped.said[:20])
    assert stopped.said.endswith(f", and not at ids below {old[1]}")


def test_a_server_that_is_too_busy_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that PostgreSQL gives up ends the look."""

    def canceled(*_: object) -> None:
        raise QueryCanceled("canceling statement due to statement timeout")

    finish(1)
    monkeypatch.setattr("bellwork.db.ledger.deep.find", canceled)
    [stopped] = check_invariants()

    assert ("warn", "looked at 0 jobs in ") == (stopped.kind, stopped.said[:20])
    assert "canceling statement due to statement timeout" in stopped.said


def test_it_can_write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its transactions are read-only."""

    def write(conn: Connection, ids: range) -> Any:
        del ids
        conn.execute(text("DELETE FROM bellwork.jobs"))

    ledger_jobs.put()
    monkeypatch.setattr("bellwork.db.ledger.deep.find", write)
    with pytest.raises(Exception, match="read-only transaction") as refused:
        Deep().look(60)
    assert isinstance(getattr(refused.value, "orig", None), ReadOnlySqlTransaction)


def test_operators_may_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role of operators needs no further right."""
    finish(2)
    with logged_in(monkeypatch, "bellwork_ops"):
        [whole] = check_invariants()

    assert ("ok", True) == (whole.kind, "hold for 2 jobs" in whole.said)


def test_a_portion_reads_its_own_rows_of_the_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its rows a few times at most, whatever else is there, and though nobody has gathered statistics."""
    monkeypatch.setattr("bellwork.db.ledger.deep.PORTION", 500)
    with transaction() as conn:
        conn.execute(text(HISTORY), {"rows": 20_000})
    with transaction() as conn:
        conn.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        looked = Deep()
        rows = read(conn, lambda conn: looked.portion(conn, EVERY_ID.stop - 1))

    assert 500 == looked.jobs
    assert 500 <= rows <= 5 * 500
