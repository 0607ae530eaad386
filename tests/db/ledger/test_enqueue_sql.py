"""`SELECT bellwork.enqueue(…)`: what callers of every language get, and what they are told when they err."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import ledger
from db.engine import transaction
from tests.db.ledger import books

DEFAULTS = {"actor": "t.sql", "args": "{}", "queue": None, "priority": None, "run_at": None, "key": None}
ENQUEUE = text("SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb), :queue, :priority, :run_at, :key)")


def enqueue(**given: Any) -> int:
    """Call the function in a transaction of its own."""
    with transaction() as conn:
        return int(conn.execute(ENQUEUE, {**DEFAULTS, **given}).scalar_one())


def test_a_caller_needs_only_the_name_of_the_actor(database: str) -> None:
    """Queue and priority come from bellwork.actors where the actor is known there."""
    del database
    with transaction() as conn:
        actor = {"name": "t.sql", "queue": "t_queue", "priority": 7, "lane": "long"}
        ledger.register_actors(conn, [actor])
        job = conn.execute(text("SELECT bellwork.enqueue('t.sql')")).scalar_one()

    row = books.show(job)

    assert ("t_queue", 7, {}, "available") == (row["queue"], row["priority"], row["args"], row["state"])


def test_arguments_given_stand_over_the_actors_own(database: str) -> None:
    """Named arguments for queue, priority and run_at win."""
    del database
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.sql", "queue": "t_queue", "priority": 7, "lane": "long"}])
    row = books.show(enqueue(queue="other", priority=-3, run_at="2150-01-01T00:00:00Z", args='{"x": 1}'))

    assert ("other", -3, {"x": 1}, "scheduled") == (row["queue"], row["priority"], row["args"], row["state"])


def test_an_actor_nobody_knows_waits_in_default_until_somebody_does(database: str) -> None:
    """A job of an unknown actor goes to 'default', and moves to the actor's queue when that is registered."""
    del database
    job = enqueue()
    before = books.show(job)["queue"]
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.sql", "queue": "t_queue", "priority": 0, "lane": "long"}])

    assert ("default", "t_queue") == (before, books.show(job)["queue"])


def test_a_rolled_back_call_leaves_nothing(database: str) -> None:
    """The job belongs to the caller's transaction."""
    del database
    with pytest.raises(ZeroDivisionError), transaction() as conn:
        conn.execute(ENQUEUE, DEFAULTS)
        raise ZeroDivisionError

    assert 0 == books.count()


@pytest.mark.parametrize(
    ("given", "sqlstate"),
    [
        ({"actor": None}, "22023"),
        ({"actor": ""}, "23514"),
        ({"actor": "x" * 201}, "23514"),
        ({"actor": "two\nlines"}, "23514"),
        ({"args": None}, "22023"),
        ({"args": "5"}, "22023"),
        ({"args": '"text"'}, "22023"),
        ({"args": "[1, 2]"}, "22023"),
        ({"args": "null"}, "22023"),
        ({"args": "{bad"}, "22P02"),
        ({"args": '{"x": "\\u0000"}'}, "22P05"),
        ({"args": '{"x": "\\ud800"}'}, "22P02"),
        ({"args": '{"x": "' + "".join(chr(0x4E00 + i % 20000) for i in range(40_000)) + '"}'}, "23514"),
        ({"run_at": "infinity"}, "23514"),
        ({"run_at": "-infinity"}, "23514"),
        ({"run_at": "1969-01-01Z"}, "23514"),
        ({"run_at": "2200-01-01Z"}, "23514"),
        ({"key": "k" * 201}, "23514"),
        ({"key": "ü" * 101}, "23514"),
        ({"key": ""}, "23514"),
        ({"queue": ""}, "23514"),
        ({"queue": "1st"}, "23514"),
        ({"queue": "a queue"}, "23514"),
        ({"queue": "q" * 101}, "23514"),
        ({"priority": 1001}, "23514"),
        ({"priority": -1001}, "23514"),
        ({"priority": 40_000}, "22003"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_makes_no_sense_is_refused_whole(database: str, given: dict[str, Any], sqlstate: str) -> None:
    """A bad call raises with a SQLSTATE that tells why, and takes what was enqueued beside it with it."""
    del database
    with pytest.raises(DBAPIError) as refused, transaction() as conn:
        conn.execute(ENQUEUE, DEFAULTS)
        conn.execute(ENQUEUE, {**DEFAULTS, **given})

    assert sqlstate == getattr(refused.value.orig, "sqlstate", None)
    assert 0 == books.count()
