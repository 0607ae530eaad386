"""What a command that looks costs does not grow with what there is: as many statements, and secrets gathered once."""

from __future__ import annotations

import sys
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bellwork.db import ledger, redaction
from bellwork.db.engine import transaction
from bellwork.ops.cli import output
from tests.db.ledger import hands
from tests.ops.desk import ask
from tests.ops.test_figures import renew
from tests.ops.test_web_jobs import dead, enqueue

#: Those that read the snapshot, and those that read jobs.
LOOKS = (
    *("status", "workers", "slo", "queues list", "failures list", "acts", "snapshot --out -", "schedule list"),
    *("jobs list", "jobs list --queue t", "jobs retry --error value --dry-run", "jobs cancel --queue t --dry-run"),
    *("letters list", "budgets list", "queues limits t", "check queue-latency -q t"),
)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are carried out, in their order."""
    done, execute = list[str](), psycopg.Cursor.execute

    def noted(cursor: psycopg.Cursor[Any], query: Any, *given: Any, **options: Any) -> Any:
        done.append(str(query))
        return execute(cursor, query, *given, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return done


def fill(count: int) -> None:
    """Have so many more of everything: workers, queues, actors that wait for one, and jobs that died."""
    for number in range(count):
        named: dict[str, Any] = {"actor": f"t.{uuid4().hex}", "queue": f"q-{number}"}
        with transaction() as conn:
            worker = ledger.Worker(uuid4(), f"h-{number}", 1, 1, ["t", named["queue"]], {named["actor"]: None})
            ledger.register_worker(conn, worker, 60)
        for fields in (named, {"actor": named["actor"]}):
            enqueue(2, **fields)
            dead(**fields)
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '10 min'")  # late, however long the test takes
    renew()


def taken(statements: list[str]) -> dict[str, int]:
    """Return how many statements each command takes."""
    found = {}
    for words in LOOKS:
        before = len(statements)
        ask(*words.split())
        found[words] = len(statements) - before
    return found


@pytest.mark.usefixtures("database")
def test_a_look_takes_as_many_statements_however_much_there_is(statements: list[str]) -> None:
    """Twenty times as many workers, queues, actors and jobs, and not one statement more."""
    fill(1)
    taken(statements)  # what a process asks once
    few = taken(statements)
    fill(20)

    assert few == taken(statements)
    assert min(few.values()) > 0, "statements are counted"


def test_a_table_gathers_what_is_secret_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no settings are read, which is what short commands do; it is in no cell."""
    monkeypatch.delitem(sys.modules, "bellwork.db.settings", raising=False)
    monkeypatch.setenv("PGPASSWORD", "Wuzzle-42-tansy")
    gathered, times = redaction._gathered, list[int]()

    def noted(*given: Any) -> Any:
        times.append(1)
        return gathered(*given)

    monkeypatch.setattr(redaction, "_gathered", noted)
    output.table(["name"], [["a"], ["Wuzzle-42-tansy"], ["b"]])

    assert [1] == times
    assert ["name", "a", "***", "b"] == [line.rstrip() for line in capsys.readouterr().out.splitlines()]
