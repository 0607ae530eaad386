"""What stands in the ledger for a parameter and cannot be read as its type: the job is dead, unrun, and says why."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - actors are read by their annotations
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from pydantic import BaseModel, field_validator

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.settings import settings
from bellwork.workers import broker
from bellwork.workers.testing import drain, enqueued
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG, SHORT = "t.unread", "t.unread_short"
#: Somebody who is named nowhere but in the arguments of the own job.
WHO = "Zebedee Quillfeather"
ran: list[Any] = []
on_dead_calls: list[tuple[Any, str]] = []


class Level(Enum):
    """What a release knows."""

    EASY = "easy"


class NewLevel(Enum):
    """What the next one knows."""

    EASY = "easy"
    HARD = "hard"


class Pupil(BaseModel):
    """Whoever is named is refused, in the author's own words."""

    name: str
    born: date

    @field_validator("name")
    @classmethod
    def know(cls, name: str) -> str:
        """Fail, as a look into a register may."""
        raise {WHO: LookupError, "exit": SystemExit}.get(name, ValueError)(name)


def _take(when: datetime | None = None, price: Decimal | None = None, level: Level | None = None) -> None:
    ran.append((when, price, level))


def _greet(pupil: Pupil, marks: dict[str, Decimal] | None = None) -> None:
    ran.append((pupil, marks))


def _last_rites(_conn: object, args: Any, why: str) -> None:
    on_dead_calls.append((args, why))


for queue, lane in ((LONG, "long"), (SHORT, "short")):
    for function in (_take, _greet):
        name = f"{queue}{function.__name__}"
        dramatiq.actor(actor_name=name, queue_name=queue, lane=lane, max_retries=3, on_dead=_last_rites)(function)


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()
    on_dead_calls.clear()


def put(actor: str, args: dict[str, Any]) -> None:
    """Enqueue as a caller of SQL does, whom nobody checks."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(actor, args, actor.partition("_take")[0].partition("_greet")[0])])


NONSENSE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a date": (
        "_take",
        {"when": WHO},
        "parameter 'when' takes datetime | None, found str: it should be a valid datetime",
    ),
    "a number": (
        "_take",
        {"when": 5},
        "parameter 'when' takes datetime | None, found int: it should be a valid datetime",
    ),
    "an object": ("_take", {"price": {"of": WHO}}, "parameter 'price' takes Decimal | None, found dict: "),
    "a removed member": (
        "_take",
        {"level": WHO},
        "parameter 'level' takes Level | None, found str: it should be 'easy'",
    ),
    "a key": ("_greet", {"pupil": {}, "marks": {WHO: WHO}}, "parameter 'pupil' takes Pupil, found dict: name: Field"),
    "a failing rule": (
        "_greet",
        {"pupil": {"name": WHO, "born": WHO}},
        "found dict: reading it failed with LookupError",
    ),
    "an exit": ("_greet", {"pupil": {"name": "exit", "born": WHO}}, "found dict: reading it failed with SystemExit"),
    "an author's rule": (
        "_greet",
        {"pupil": {"name": "Q", "born": WHO}},
        "name: its own rules refuse it; born: it should",
    ),
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("queue", [LONG, SHORT])
@pytest.mark.parametrize("which", NONSENSE)
def test_nonsense_is_dead_at_once_and_says_why(queue: str, which: str) -> None:
    """Which parameter, what it takes, what kind of thing was found and what to do; once, unrun, and no value."""
    function, args, words = NONSENSE[which]
    put(f"{queue}{function}", args)
    put(f"{queue}_take", {"price": 1.5})
    with working(queue):
        eventually(lambda: set(look.states()) <= {"done", "dead"})

    [dead] = look.jobs(state="dead")
    assert words in dead["reason"]
    assert "enqueue it anew as it should be, or retry it with a release that takes it" in dead["reason"]
    assert (1, 0, args) == (dead["attempt"], dead["retries"], dead["args"])
    assert [(None, Decimal("1.5"), None)] == ran
    assert [(args, dead["reason"])] == on_dead_calls
    assert all(WHO not in str(said) for said in (dead["reason"], dead["errors"]))


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("queue", [LONG, SHORT])
def test_a_helper_of_tests_says_the_same(queue: str) -> None:
    """Where nobody looks before the run, it is the run that fails, for good."""
    put(f"{queue}_take", {"when": "soon"})
    drain(queue)

    [dead] = look.jobs()
    assert ("dead", 1, []) == (dead["state"], dead["attempt"], enqueued())
    assert "parameter 'when' takes datetime | None, found str" in dead["reason"]


@pytest.fixture
def patient(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of production, with a quicker beat."""
    del database
    monkeypatch.setenv("MISFIT_PATIENCE", "300")
    monkeypatch.setenv("BEAT", "0.1")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("queue", [LONG, SHORT])
def test_a_new_member_waits_for_a_worker_that_knows_it(queue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a rolling deploy the new release sends what only its own workers can read."""

    def take_new(level: NewLevel) -> None:
        ran.append(level)

    put(f"{queue}_take", {"level": "hard"})
    with working(queue):
        eventually(lambda: look.states() == ["scheduled"])
    assert [] == ran
    monkeypatch.setattr(broker.actors[f"{queue}_take"], "fn", take_new)
    with working(queue):
        eventually(lambda: look.states() == ["done"])

    assert [NewLevel.HARD] == ran
