"""A refused job names what is wrong, and takes nothing of its caller's along unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import dramatiq
import pytest
from sqlalchemy import text
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session

from bellwork.db import ledger
from bellwork.db.engine import engine, transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import RefusedJob
from bellwork.workers.testing import enqueued
from tests.workers import effects

#: PostgreSQL's own form of it has more than 64 KiB, although the text has less: only PostgreSQL sees that.
UNSEEN = [1] * 20_000


@dramatiq.actor(actor_name="t.refused", queue_name="t.refused")
def work(content: Any) -> None:
    """Do nothing."""
    del content


def nested(levels: int) -> Any:
    """Return lists inside of one another."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


ARGUMENTS: list[tuple[Any, str]] = [
    ("x" * 70_000, r"args breaks at_most_64_kib: it has 70,0\d\d bytes"),
    ("\u4e00" * 22_000, "args breaks at_most_64_kib"),
    (["right", float("nan")], r"args\['content'\]\[1\] is nan, which JSON does not have"),
    (float("inf"), r"args\['content'\] is inf"),
    ("a\0b", r"args\['content'\] contains NUL"),
    ({"a\0b": 1}, r"a key of args\['content'\] contains NUL"),
    ("\ud800", "contains half of a surrogate pair"),
    (nested(64), "args breaks at_most_64_levels_deep"),
    (nested(5_000), "args breaks at_most_64_levels_deep"),
    (10**308 + 1, r"args\['content'\] breaks numbers_below_1e308"),
    (-1.7e308, r"args\['content'\] breaks numbers_below_1e308"),
    (10**5_000, r"args\['content'\] breaks numbers_below_1e308"),
    ({1, 2}, r"args\['content'\] is a set; arguments and options have to be JSON"),
]
OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"priority": 1_001}, "priority breaks between_minus_1000_and_1000: it is 1001"),
    ({"run_at": datetime(2200, 1, 1, tzinfo=UTC)}, "run_at breaks after_1970_and_before_2200"),
    ({"delay": 10**13}, "delay breaks after_1970_and_before_2200"),
    ({"unique_key": ""}, "unique_key breaks between_1_and_200_bytes: it has 0"),
    ({"unique_key": "é" * 101}, "unique_key breaks between_1_and_200_bytes: it has 202"),
    ({"unique_key": "a\0b"}, "unique_key contains NUL"),
    ({"max_age": float("nan")}, r"options\['max_age'\] is nan"),
]


@pytest.mark.usefixtures("effects")
def test_a_refusal_names_the_parameter_and_leaves_the_callers_transaction_alone() -> None:
    """Whatever is wrong with a job, a caller who catches the refusal commits his own row, and the next job."""
    asked: list[tuple[Any, dict[str, Any], str]] = [(content, {}, said) for content, said in ARGUMENTS]
    asked += [(1, options, said) for options, said in OPTIONS]
    with Session(engine()) as session:
        with transaction(session):
            effects.write(session.connection(), "the caller's")
            for content, options, said in asked:
                with pytest.raises(RefusedJob, match=rf"the ledger refuses a job for 't\.refused': .*{said}"):
                    work.send_with_options(kwargs={"content": content}, **options)
            work.send(content="right")
        session.commit()

    assert (["the caller's"], 1) == (effects.written(), len(enqueued()))


@pytest.mark.parametrize(
    ("job", "said"),
    [
        (NewJob("a", queue="a queue"), "queue breaks at_most_100_letters_digits_dots_dashes: it is 'a queue'"),
        (NewJob("a", queue="q" * 101), "queue breaks at_most_100_letters_digits_dots_dashes"),
        (NewJob("a\u202eb"), "actor breaks between_1_and_200_characters or no_control_or_invisible_characters"),
        (NewJob("a" * 201), "actor breaks between_1_and_200_characters"),
        (NewJob("a", args=[1]), "args breaks a_json_object: it is a list"),  # type: ignore[arg-type] # that is refused
        (NewJob("a", args={"deep": nested(64)}), "args breaks at_most_64_levels_deep"),
        (NewJob("b", args={"odd": float("nan")}), r"a job for 'b': args\['odd'\] is nan"),
        (NewJob("b", delay=float("nan")), "delay is nan"),
    ],
)
def test_names_are_refused_before_a_statement_is_made(database: str, job: NewJob, said: str) -> None:
    """The ledger's verb leaves the transaction as it was, for the job beside it as well."""
    del database
    with transaction() as conn:
        with pytest.raises(RefusedJob, match=said):
            ledger.enqueue(conn, [NewJob("a"), job])
        assert 1 == conn.execute(text("SELECT 1")).scalar()


def test_what_only_looks_odd_is_taken(database: str) -> None:
    """The largest number, the deepest nesting, characters beyond the first plane and a backslash before u0000."""
    del database
    for content in (1e308, 10**308, nested(63), "\U0001f514", "\\u0000", "NaN", ["["] * 100, "9" * 400):
        work.send(content=content)

    assert 8 == len(enqueued())


def test_what_contains_itself_is_refused(database: str) -> None:
    """It has no end, and so more levels than are allowed."""
    del database
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RefusedJob, match="args breaks at_most_64_levels_deep"):
        work.send(content=endless)


@pytest.mark.usefixtures("effects")
def test_a_commit_after_a_caught_refusal_of_postgresql_raises() -> None:
    """Where only PostgreSQL sees what is wrong, a caller who catches that is told at his commit, and can go on."""
    with Session(engine()) as session:
        with transaction(session):
            effects.write(session.connection(), "lost")
            with pytest.raises(RefusedJob, match="at_most_64_kib"):
                work.send(content=UNSEEN)
        with pytest.raises(PendingRollbackError, match="a statement in this transaction failed"):
            session.commit()
        session.rollback()
        with transaction(session):
            effects.write(session.connection(), "kept")
            work.send(content=1)
        session.commit()

    assert (["kept"], 1) == (effects.written(), len(enqueued()))


@pytest.mark.usefixtures("effects")
def test_a_refusal_of_postgresql_in_a_savepoint_is_the_savepoints() -> None:
    """A caller who sends inside begin_nested() and catches outside of it keeps what is around it."""
    with engine().begin() as connection, transaction(connection):
        effects.write(connection, "kept")
        with pytest.raises(RefusedJob), connection.begin_nested():
            work.send(content=UNSEEN)

    assert (["kept"], 0) == (effects.written(), len(enqueued()))


def test_thousands_of_large_jobs_go_in_as_pieces(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of one transaction are inserted by statements of bounded size, all or none."""
    del database
    sizes: list[int] = []
    verb = import_module("bellwork.db.ledger.enqueue")
    pieces = verb._pieces

    def noted(*args: Any) -> Any:
        for piece in pieces(*args):
            sizes.append(len(piece))
            yield piece

    monkeypatch.setattr(verb, "_pieces", noted)
    with transaction():
        for number in range(450):
            work.send(content=f"{number}" + "x" * 40_000)
    with transaction():
        for _ in range(10_001):
            work.send(content="")
    with transaction() as conn:
        found = conn.execute(text("SELECT count(*), count(DISTINCT args) FROM bellwork.jobs")).one()

    assert (10_451, 451) == tuple(found)
    assert 4 + 3 == len(sizes)
    assert max(sizes) < 8_100_000
