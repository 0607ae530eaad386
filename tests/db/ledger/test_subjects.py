"""A job says whose data it carries, whoever enqueues it, and its history says so, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

import bellwork
from bellwork import NewJob as Asked
from bellwork import actor
from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import broker
from bellwork.workers.presence import actor_rows
from bellwork.workers.testing import drain
from tests.db.ledger import callers

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

NAME = "t.subject"
ARGS = {"pupil": "p1", "school": 7}
_LABELS = text("SELECT subject, tenant FROM bellwork.jobs UNION ALL SELECT subject, tenant FROM bellwork.finished_jobs")
_SQL = {
    "enqueue": "SELECT bellwork.enqueue(:name, CAST(:args AS jsonb))",
    "enqueue with a key": "SELECT bellwork.enqueue(:name, CAST(:args AS jsonb), unique_key => 'k')",
    "enqueue_job": "SELECT bellwork.enqueue_job(:name, CAST(:args AS jsonb))",
    "enqueue_many": "SELECT bellwork.enqueue_many(jsonb_build_array(jsonb_build_object("
    "'actor', CAST(:name AS text), 'args', CAST(:args AS jsonb))))",
}
_MANY = [Asked(NAME, ARGS), Asked(NAME, ARGS, unique_key="k")]


@actor(actor_name=NAME, queue_name=NAME, subject="pupil", tenant="school")
def teach(pupil: str | None, school: int = 0) -> None:
    """Do nothing."""


@actor(actor_name="t.inner_subject", queue_name=NAME, subject="lesson.pupil")
def teach_lesson(lesson: dict[str, Any]) -> None:
    """Do nothing."""


@actor(actor_name="t.no_subject", queue_name=NAME)
def tidy(pupil: str) -> None:
    """Do nothing, for nobody."""


def in_sql(way: str) -> Callable[[Connection], object]:
    """Return what enqueues by a function of SQL."""
    return lambda conn: conn.execute(text(_SQL[way]), {"name": NAME, "args": '{"pupil": "p1", "school": 7}'})


WAYS: dict[str, Callable[[Connection], object]] = {
    **{way: in_sql(way) for way in _SQL},
    "by name": lambda conn: bellwork.enqueue(conn, NAME, ARGS),
    "many by name": lambda conn: bellwork.enqueue_many(conn, _MANY),
    "an entry": lambda conn: ledger.enqueue(conn, [NewJob(NAME, ARGS)]),
    "a foreign message": lambda conn: ledger.enqueue(conn, [NewJob(NAME, ARGS, queue="elsewhere")]),
    "with options": lambda conn: ledger.enqueue(conn, [NewJob(NAME, ARGS, queue="elsewhere", options={"x": 1})]),
}


def labels() -> list[tuple[str | None, str | None]]:
    """List subject and tenant of every job, each once."""
    with transaction() as conn:
        return sorted({tuple(row) for row in conn.execute(_LABELS)})


@pytest.fixture
def registered(database: str) -> str:
    """A ledger that knows the actors of this process."""
    with transaction() as conn:
        ledger.register_actors(conn, actor_rows(broker))
    return database


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", [None, "bellwork_api"])
def test_a_job_is_labelled_whoever_enqueues_it(way: str, role: str | None) -> None:
    """By every door, and by a role that may not insert: the arguments that its actor declares are its labels."""
    with transaction() as conn:
        if role:
            callers.become(conn, "t_labelled", role)
        WAYS[way](conn)
        conn.execute(text("RESET SESSION AUTHORIZATION"))

    assert labels() == [("p1", "7")]


def test_a_sender_that_knows_the_actor_asks_nobody(database: str) -> None:
    """A send is labelled by its own process's declaration, registered or not; of an actor without one it is not."""
    del database
    teach.send("p1", school=7)
    teach.send_with_options(args=("p1", 7), unique_key="k", delay=1_000)
    tidy.send("p1")
    teach_lesson.send({"pupil": "p2"})

    with transaction() as conn:
        found = [tuple(row) for row in conn.execute(_LABELS)]

    assert found == [("p1", "7"), ("p1", "7"), (None, None), ("p2", None)]


@pytest.mark.parametrize("given", [{"pupil": None}, {"pupil": "p" * 20_000, "school": 1}])
def test_a_label_may_be_missing_or_long(database: str, given: dict[str, Any]) -> None:
    """No value of an argument keeps a job from being enqueued, for none is too long for the index."""
    del database
    teach.send(**given)
    [(subject, _)] = labels()

    assert subject == given["pupil"]


def test_the_history_keeps_the_labels(database: str) -> None:
    """Done, dead or cancelled, and put back from there: a job stays its subject's."""
    del database
    teach.send("p1", school=7)
    drain(NAME)
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(NAME, ARGS, declared=True, subject=("pupil",), tenant=("school",))] * 2)
        [one, other] = ledger.find_jobs(conn, ledger.Which("available"), 2).ids
        ledger.cancel(conn, [one, other], "not wanted")
        assert ledger.retry_finished(conn, [one]) == [one]

        found = [ledger.list_jobs(conn, subject="p1"), ledger.list_jobs(conn, queue=NAME, tenant="7")]
        none = ledger.list_jobs(conn, subject="p1", tenant="8")

    assert [["available", "cancelled", "done"]] * 2 == [[job["state"] for job in each] for each in found]
    assert none == []
    assert labels() == [("p1", "7")]


def test_a_renamed_job_is_labelled_anew(database: str) -> None:
    """A job that is given to another actor carries what that one declares."""
    del database
    with transaction() as conn:
        ledger.register_actors(conn, actor_rows(broker))
        ledger.enqueue(conn, [NewJob("t.old_name", ARGS)])
        ledger.rename(conn, "t.old_name", NAME, "ops", 10)

    assert labels() == [("p1", "7")]
