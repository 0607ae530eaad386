"""Jobs without a transaction of their own are finished in batches, and what cannot be finished yet is tried again."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from psycopg import OperationalError
from sqlalchemy.exc import InvalidRequestError

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from bellwork.workers import finisher
from bellwork.workers.attempt import Attempt
from bellwork.workers.finisher import Finisher
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def attempts(database: str) -> list[Attempt]:
    """A hundred claimed jobs."""
    del database
    worker = Worker(uuid4(), "here", 1, 1, [], {})
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
        ids = [due.id for due in ledger.enqueue(conn, [NewJob("t.finish") for _ in range(100)])]
        return [Attempt(claimed) for claimed in ledger.claim(conn, worker.id, ids, ["t.finish"])]


@pytest.fixture
def finish() -> Iterator[Any]:
    """The statement that finishes, watched."""
    with patch.object(finisher, "finish", wraps=ledger.finish) as watched:
        yield watched


def held_up(by: Event, then: Callable[..., Any]) -> Callable[..., Any]:
    """Let a call wait for an event, then go on."""

    def call(*args: Any) -> Any:
        by.wait(60)
        return then(*args)

    return call


def test_what_comes_in_meanwhile_is_one_statement(attempts: list[Attempt], finish: Any) -> None:
    """While one batch is on its way the others gather; all are finished, and each is told."""
    gathered, told = Event(), list[Attempt]()
    finish.side_effect = held_up(gathered, finish._mock_wraps)
    ours = Finisher(told.append)
    for attempt in attempts:
        ours.add(attempt)
    gathered.set()
    ours.drain(10)

    assert ({"done"}, 100, True) == (set(look.states()), len(told), finish.call_count <= 3)


def test_an_unreachable_database_is_tried_again(attempts: list[Attempt], finish: Any) -> None:
    """Nothing is given up: when PostgreSQL answers again the jobs are finished."""
    finish.side_effect = _first_fails(finish._mock_wraps)
    ours = Finisher(lambda _: None)
    with patch.object(finisher, "_PATIENCE", 0.01):
        for attempt in attempts:
            ours.add(attempt)
        ours.drain(10)

    assert {"done"} == set(look.states())


def test_an_error_of_another_make_ends_nothing(attempts: list[Attempt], finish: Any) -> None:
    """What the pool may raise beside PostgreSQL's errors does not end the thread with its batch."""
    finish.side_effect = _first_fails(finish._mock_wraps, InvalidRequestError("the pool gives up"))
    ours = Finisher(lambda _: None)
    with patch.object(finisher, "_PATIENCE", 0.01):
        for attempt in attempts:
            ours.add(attempt)
        ours.drain(10)

    assert {"done"} == set(look.states())


def test_who_lost_the_lease_is_left_alone(attempts: list[Attempt]) -> None:
    """A job that was cancelled meanwhile stays cancelled, and its neighbours are done."""
    look.execute("SELECT bellwork.cancel(:id)", id=attempts[0].id)
    ours = Finisher(lambda _: None)
    for attempt in attempts:
        ours.add(attempt)
    ours.drain(10)

    assert ["cancelled", *["done"] * 99] == look.states()


def _first_fails(finish: Callable[..., Any], error: Exception | None = None) -> Callable[..., Any]:
    errors = [error or OperationalError("away")]

    def call(*args: Any) -> Any:
        if errors:
            raise errors.pop()
        return finish(*args)

    return call
