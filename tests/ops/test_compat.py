"""A new release is asked, before its workers start, whether it could run what waits in the ledger."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from uuid import UUID

import dramatiq
import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from tests.ops.desk import ask

SECRET = "Quill, Zoe"


@dramatiq.actor(actor_name="t.compat", queue_name="t.compat")
def grade(essay: str, pupil: UUID | None = None) -> None:
    """Grade; runs nowhere here."""


@pytest.fixture(autouse=True)
def release(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the actors that this process has declared be the release; the systems' own are not needed."""
    del database
    monkeypatch.setattr("bellwork.workers.actors.load_actors", lambda: None)


def enqueue(actor: str, options: str = "{}", **args: Any) -> int:
    """Put a job into the ledger as another release did, unchecked; returns its id."""
    with transaction() as conn:
        statement = text("SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb))")
        job = conn.execute(statement, {"actor": actor, "args": json.dumps(args)}).scalar_one()
        conn.execute(
            text("UPDATE bellwork.jobs SET options = CAST(:options AS jsonb) WHERE id = :job"),
            {"job": job, "options": options},
        )
    return int(job)


def compat() -> tuple[int, dict[str, Any]]:
    """Ask; returns the exit code and what was found."""
    answer = ask("jobs", "compat", "--json")
    assert SECRET not in answer.out + answer.err
    return answer.code, json.loads(answer.out)


def test_jobs_that_fit_are_no_trouble() -> None:
    """Nothing to say of a job whose actor is here and takes its arguments."""
    assert (0, {"jobs": 0, "trouble": [], "labels": []}) == compat()
    enqueue("t.compat", essay="one", pupil="7b0f1a0c-6f9c-4f0e-8a5c-0c8a4b6f2f11")
    assert (0, {"jobs": 1, "trouble": [], "labels": []}) == compat()
    assert "can run all of 1 unfinished job" in ask("jobs", "compat").out


def test_what_this_release_cannot_run_is_counted_with_an_example() -> None:
    """An actor that is gone, a parameter that is new, a value of another type, a stage without an actor; no values."""
    gone = enqueue("t.gone", essay=SECRET)
    enqueue("t.gone", essay=SECRET)
    renamed = enqueue("t.compat", text=SECRET)
    mistyped = enqueue("t.compat", essay="two", pupil=SECRET)
    following = {"pipe_target": {"actor_name": "t.compat", "options": {"pipe_target": {"actor_name": "t.after"}}}}
    staged = enqueue("t.compat", json.dumps(following), essay="three")
    code, found = compat()
    assert (1, 5) == (code, found["jobs"])
    assert [("t.gone", 2, gone)] == [(t["actor"], t["jobs"], t["example"]) for t in found["trouble"][:1]]
    reasons = {each["example"]: each["reason"] for each in found["trouble"]}
    assert {gone, renamed, mistyped, staged} == reasons.keys()
    assert "no such actor" in reasons[gone]
    assert "{text} do not fit t.compat" in reasons[renamed]
    assert "parameter 'pupil' takes UUID" in reasons[mistyped]
    assert "'t.after', a later stage" in reasons[staged]
    answer = ask("jobs", "compat")
    assert 1 == answer.code
    assert "cannot run 5 of 5 unfinished jobs" in answer.out


@pytest.mark.parametrize("target", ["x", {"actor_name": ["t.compat"]}, {"actor_name": "t.compat", "options": ["x"]}])
def test_a_pipeline_that_cannot_be_read_is_trouble_too(target: object) -> None:
    """One job of which no sense can be made does not keep the others from being told of."""
    odd = enqueue("t.compat", json.dumps({"pipe_target": target}), essay="one")
    code, found = compat()

    assert (1, [odd]) == (code, [each["example"] for each in found["trouble"]])
    assert "names no actor" in found["trouble"][0]["reason"]


def test_every_unfinished_job_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, a portion at a time."""
    monkeypatch.setattr(import_module("bellwork.db.ledger.unfinished"), "_AT_ONCE", 3)
    jobs = [enqueue("t.gone") for _ in range(7)]
    assert (1, {"actor": "t.gone", "reason": "this release has no such actor", "jobs": 7, "example": jobs[0]}) == (
        compat()[0],
        compat()[1]["trouble"][0],
    )


def test_a_status_that_the_database_lacks_is_named() -> None:
    """A release whose migration has not run yet writes labels that PostgreSQL would refuse."""
    with transaction() as conn:
        conn.execute(text("ALTER TYPE content.request_status RENAME VALUE 'failed' TO 'broken'"))
    code, found = compat()
    assert 1 == code
    assert {"column": "content.content_requests.status", "label": "failed"} in found["labels"]
    assert "has no label 'failed', which this release writes" in ask("jobs", "compat").out
