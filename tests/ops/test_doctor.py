"""The doctor finds what is wrong, says how to mend it, and is quiet about what is well."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import text
from typer.testing import CliRunner

from bellwork.db import engine, ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from bellwork.db.own import HISTORY
from bellwork.ops.cli.app import app
from bellwork.ops.doctor import Finding, examine
from bellwork.scheduler import presence
from bellwork.workers import due_set
from tests.db.ledger import ledger_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Change settings for one test."""
    yield monkeypatch
    engine.forget()
    due_set.forget()


def change(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Set a variable and have it read anew."""
    monkeypatch.setenv(name, value)
    engine.forget()
    due_set.forget()


def found(name: str) -> Finding:
    """Return what the check of this name finds."""
    return next(finding for finding in examine() if finding.name == name)


def live_worker(*actors: str) -> None:
    """Let a worker be alive that knows these actors."""
    with transaction() as conn:
        worker = Worker(uuid4(), "host", 1, 1, ["content"], dict.fromkeys(actors))
        ledger.register_worker(conn, worker, 60)


@pytest.mark.usefixtures("database")
def test_a_fresh_database_without_processes_is_a_warning_not_a_failure() -> None:
    """Exit code 0: everything can be started; what is not running is pointed out."""
    result = CliRunner().invoke(app, ["doctor", "--json"])
    checks = {check["name"]: check["kind"] for check in json.loads(result.stdout)["checks"]}

    assert 0 == result.exit_code
    assert {"workers", "scheduler"} == {name for name, kind in checks.items() if kind != "ok"}


@pytest.mark.usefixtures("database")
def test_everything_is_in_order_with_a_worker_and_a_scheduler() -> None:
    """With signs of life of both, no check finds anything."""
    live_worker()
    presence.beat()

    assert ["ok"] == sorted({finding.kind for finding in examine()})


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("seconds", "said"), [(7200.0, "7200.0 s ahead of"), (-1.5, "1.5 s behind")])
def test_s5_a_clock_that_is_off_is_a_warning(seconds: float, said: str) -> None:
    """More than a second beside PostgreSQL's: nothing decides by it, but somebody should know."""
    live_worker()
    presence.beat()
    with time_machine.travel(time.time() + seconds):
        clock = found("clock")

    assert ("warn", True) == (clock.kind, clock.said.startswith(said))


@pytest.mark.usefixtures("empty_database")
def test_a_missing_schema_fails_and_ends_the_examination() -> None:
    """What lies inside the schema is not asked for."""
    findings = examine()

    assert ("schema", "fail", "run `bellwork migrate`") == (findings[-1].name, findings[-1].kind, findings[-1].mend)


@pytest.mark.usefixtures("database")
def test_a_redis_that_does_not_answer_fails(setting: pytest.MonkeyPatch) -> None:
    """The other checks go on, and the exit code is 1."""
    change(setting, "REDIS_URL", "redis://127.0.0.1:1/0")
    kinds = {finding.name: finding.kind for finding in examine()}

    assert ("fail", "warn", "ok") == (kinds["redis"], kinds["scheduler"], kinds["schema"])
    assert 1 == CliRunner().invoke(app, ["doctor"]).exit_code


@pytest.mark.usefixtures("database")
def test_a_postgresql_that_does_not_answer_fails(setting: pytest.MonkeyPatch) -> None:
    """The line names the variable, and nothing that needs PostgreSQL is tried."""
    change(setting, "DATABASE_URL", "postgresql://127.0.0.1:1/none")
    findings = {finding.name: finding for finding in examine()}

    assert "fail" == findings["postgresql"].kind
    assert "DATABASE_URL" in findings["postgresql"].said
    assert "schema" not in findings


@pytest.mark.usefixtures("database")
def test_a_wrong_setting_fails_alone(setting: pytest.MonkeyPatch) -> None:
    """Without settings there is nothing else to check."""
    change(setting, "LEASE", "soon")

    assert [("settings", "fail")] == [(finding.name, finding.kind) for finding in examine()]


@pytest.mark.usefixtures("database")
def test_it_is_said_how_callers_in_sql_are_found(setting: pytest.MonkeyPatch) -> None:
    """Behind a pooler nobody can listen, which is no fault."""
    direct = found("callers")
    change(setting, "BELLWORK_POOLER", "transaction")

    assert ("ok", "in SQL are heard at their commit") == (direct.kind, direct.said)
    assert ("ok", True) == (found("callers").kind, "by polling" in found("callers").said)


@pytest.mark.usefixtures("database")
def test_a_storage_that_cannot_be_written_to_fails(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").touch()
    change(setting, "STORAGE_URL", f"file://{tmp_path / 'file'}")

    assert "fail" == found("storage").kind


@pytest.mark.usefixtures("database")
def test_a_host_of_labs_is_asked_for_one(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where LABS_URL names a place no lab can be made in, the doctor says what stands in the way."""
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs").chmod(0o777)
    change(setting, "LABS_URL", f"bwrap://{tmp_path / 'labs'}")

    assert ("fail", True) == (found("labs").kind, "others may write to it" in found("labs").said)


@pytest.mark.usefixtures("database")
def test_jobs_that_no_live_worker_knows_are_named() -> None:
    """The actor and how many wait for it."""
    live_worker("content.understand")
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("courses.grade"), NewJob("courses.grade"), NewJob("content.understand")])

    assert ("warn", True) == (found("actors").kind, "courses.grade (2)" in found("actors").said)


@pytest.mark.usefixtures("database")
def test_jobs_that_wait_for_a_worker_their_arguments_fit_are_named() -> None:
    """The actor, how many, one of them and for how long; not those that are put off for another reason by now."""
    jobs = ledger_jobs.put(*(NewJob(ledger_jobs.ACTOR) for _ in range(3)))
    before = found("arguments")
    attempts = ledger_jobs.claim(ledger_jobs.appear(), jobs)
    with transaction() as conn:
        assert all(ledger.wait_for_fit(conn, attempt.held, 300, {"error": "odd"}) for attempt in attempts)
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() + interval '1 hour' WHERE id = :i"), {"i": jobs[2]})
    after = found("arguments")

    assert ("ok", "warn") == (before.kind, after.kind)
    assert f"{ledger_jobs.ACTOR} (2, job {jobs[0]} for instance); the first is dead in 5 min" in after.said


@pytest.mark.usefixtures("database")
def test_partitions_that_end_soon_fail() -> None:
    """A table whose partitions are all gone has no horizon."""
    drop_partitions()

    assert "fail" == found(f"partitions of {HISTORY.schema}.finished_jobs").kind


def drop_partitions() -> None:
    """Drop every partition of the job history."""
    with transaction() as conn:
        names = conn.exec_driver_sql(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bellwork.finished_jobs'::regclass"
        ).scalars()
        for name in names.all():
            conn.exec_driver_sql(f"DROP TABLE {name}")


@pytest.mark.usefixtures("database")
def test_open_circuits_and_taken_turns_are_shown() -> None:
    """What the fleet leaves alone is a warning with its count; what is busy is told."""
    before = [found(name).as_dict() for name in ("circuits", "turns")]
    due_set.client().set("bellwork:circuit:llm", 7, px=60_000)
    due_set.client().set("bellwork:circuit:llm:try", 1, px=60_000)
    due_set.client().set("bellwork:turn:tts:0", 1, px=60_000)
    due_set.client().set("bellwork:turn:tts:4", 1, px=60_000)

    assert [("ok", "none is open"), ("ok", "none is taken now")] == [(each["kind"], each["said"]) for each in before]
    assert ("warn", True) == (found("circuits").kind, found("circuits").said.endswith("llm (7)"))
    assert "taken now: tts (2)" == found("turns").said
