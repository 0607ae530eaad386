"""The door's names are there without a floor being loaded, and lead to the same things as the floors'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bellwork
from bellwork import systems
from bellwork.db import engine, ledger, vocabulary
from bellwork.db.vocabulary import class_list, counted, erasure, exhibit, explanation, found, scene
from bellwork.workers import Permanent, RefusedJob, Snooze, broker, job

HEAVY = {"sqlalchemy", "dramatiq", "pydantic", "redis", "psycopg"}
ROOT = Path(__file__).parents[2]
WORDS = (class_list, counted, erasure, exhibit, explanation, found, scene, vocabulary)


def loaded_by(code: str) -> set[str]:
    """Name the heavy libraries that a new process has loaded after this code."""
    command = [sys.executable, "-c", f"{code}\nimport sys\nprint(*{HEAVY!r} & sys.modules.keys())"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import bellwork", set()),
        ("from bellwork import enqueue_async, enqueue_many_async, get_job_async, NewJob, RefusedJob", set()),
        ("from bellwork import actor", HEAVY),
        ("import bellwork.systems", set()),
        ("from bellwork.systems import System, CalendarEntry, RetentionRule, PartitionedTable, Scene, Film", set()),
    ],
    ids=["the package", "callers", "authors", "the door of systems", "a system"],
)
def test_importing_loads_only_what_is_used(code: str, heavy: set[str]) -> None:
    """An API layer of asyncpg's loads neither the engine nor SQLAlchemy; nor does who describes a system."""
    assert heavy == loaded_by(code)


def test_every_name_is_there() -> None:
    """As `__all__` and `dir()` say."""
    assert set(bellwork.__all__) <= set(dir(bellwork))
    assert all(getattr(bellwork, name) is not None for name in bellwork.__all__)
    with pytest.raises(AttributeError, match="module 'bellwork' has no attribute 'enqeue'"):
        _ = bellwork.enqeue


def test_what_describes_a_system_has_a_door_of_its_own() -> None:
    """Its names are those that every floor reads; no other is there."""
    assert set(systems.__all__) <= set(dir(systems))
    defined = {name: value for module in WORDS for name, value in vars(module).items()}
    assert {name: defined[name] for name in systems.__all__} == {
        name: getattr(systems, name) for name in systems.__all__
    }
    with pytest.raises(AttributeError, match=r"module 'bellwork\.systems' has no attribute 'Sytem'"):
        _ = systems.Sytem


def test_authors_names_are_the_floors() -> None:
    """No second class of one name."""
    assert (job, Permanent, Snooze, RefusedJob) == (
        bellwork.job,
        bellwork.Permanent,
        bellwork.Snooze,
        bellwork.RefusedJob,
    )
    assert (engine.transaction, ledger.LostLease) == (bellwork.transaction, bellwork.LostLease)


def test_an_actor_is_declared_on_our_broker_in_any_order() -> None:
    """Whoever set another broker before."""
    code = """
import dramatiq
from dramatiq.brokers.stub import StubBroker
dramatiq.set_broker(StubBroker())
import bellwork
@bellwork.actor(actor_name="t.any_order", queue_name="t.any_order", lane="short", callers="internal", max_retries=3)
def first(number: int) -> None: ...
@bellwork.actor
def second() -> None: ...
from bellwork.workers import broker
assert broker.actors["t.any_order"] is first and first.options["lane"] == "short"
assert broker.actors["second"] is second and second.queue_name == "default"
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_an_option_that_nobody_knows_is_refused() -> None:
    """As Dramatiq does."""
    with pytest.raises(ValueError, match="max_retires"):
        bellwork.actor(actor_name="t.misspelt", max_retires=3)(print)  # type: ignore[call-overload]
    assert "t.misspelt" not in broker.actors
