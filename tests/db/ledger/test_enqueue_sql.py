"""`SELECT bellwork.enqueue(…)`: what callers of every language get, and what they are told when they err."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db import ledger
from bellwork.db.engine import engine, transaction
from tests.db.ledger import ledger_jobs

DEFAULTS = {"actor": "t.sql", "args": "{}", "queue": None, "priority": None, "run_at": None, "key": None}
ENQUEUE = text("SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb), :queue, :priority, :run_at, :key)")

#: What makes no sense, and the SQLSTATE that tells why.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no actor": ({"actor": None}, "22023"),
    "empty actor": ({"actor": ""}, "23514"),
    "long actor": ({"actor": "x" * 201}, "23514"),
    "actor of two lines": ({"actor": "two\nlines"}, "23514"),
    "no args": ({"args": None}, "22023"),
    "number": ({"args": "5"}, "22023"),
    "text": ({"args": '"text"'}, "22023"),
    "array": ({"args": "[1, 2]"}, "22023"),
    "json null": ({"args": "null"}, "22023"),
    "no json": ({"args": "{bad"}, "22P02"),
    "NUL": ({"args": '{"x": "\\u0000"}'}, "22P05"),
    "surrogate": ({"args": '{"x": "\\ud800"}'}, "22P02"),
    "65 KiB": ({"args": '{"x": "' + "".join(chr(0x4E00 + i % 20000) for i in range(40_000)) + '"}'}, "23514"),
    "infinity": ({"run_at": "infinity"}, "23514"),
    "-infinity": ({"run_at": "-infinity"}, "23514"),
    "before 1970": ({"run_at": "1969-01-01Z"}, "23514"),
    "after 2199": ({"run_at": "2200-01-01Z"}, "23514"),
    "long key": ({"key": "k" * 201}, "23514"),
    "long key in bytes": ({"key": "ü" * 101}, "23514"),
    "empty key": ({"key": ""}, "23514"),
    "empty queue": ({"queue": ""}, "23514"),
    "queue with a digit first": ({"queue": "1st"}, "23514"),
    "queue with a blank": ({"queue": "a queue"}, "23514"),
    "long queue": ({"queue": "q" * 101}, "23514"),
    "priority above": ({"priority": 1001}, "23514"),
    "priority below": ({"priority": -1001}, "23514"),
    "priority beyond smallint": ({"priority": 40_000}, "22003"),
}


def enqueue(**given: Any) -> int:
    """Call the function in a transaction of its own."""
    with transaction() as conn:
        return int(conn.execute(ENQUEUE, {**DEFAULTS, **given}).scalar_one())


def enqueue_beside(given: dict[str, Any]) -> None:
    """Call the function for a good job and for one more, in one transaction."""
    with transaction() as conn:
        conn.execute(ENQUEUE, DEFAULTS)
        conn.execute(ENQUEUE, {**DEFAULTS, **given})


def test_a_caller_needs_only_the_name_of_the_actor(database: str) -> None:
    """Queue and priority come from bellwork.actors where the actor is known there."""
    del database
    with transaction() as conn:
        actor = {"name": "t.sql", "queue": "t_queue", "priority": 7, "lane": "long"}
        ledger.register_actors(conn, [actor])
        job = conn.execute(text("SELECT bellwork.enqueue('t.sql')")).scalar_one()

    row = ledger_jobs.show(job)

    assert ("t_queue", 7, {}, "available") == (row["queue"], row["priority"], row["args"], row["state"])


def test_arguments_given_stand_over_the_actors_own(database: str) -> None:
    """Named arguments for queue, priority and run_at win."""
    del database
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.sql", "queue": "t_queue", "priority": 7, "lane": "long"}])
    row = ledger_jobs.show(enqueue(queue="other", priority=-3, run_at="2150-01-01T00:00:00Z", args='{"x": 1}'))

    assert ("other", -3, {"x": 1}, "scheduled") == (row["queue"], row["priority"], row["args"], row["state"])


def test_an_actor_nobody_knows_waits_in_default_until_somebody_does(database: str) -> None:
    """A job of an unknown actor goes to 'default', and moves to the actor's queue when that is registered."""
    del database
    job = enqueue()
    before = ledger_jobs.show(job)["queue"]
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.sql", "queue": "t_queue", "priority": 0, "lane": "long"}])

    assert ("default", "t_queue") == (before, ledger_jobs.show(job)["queue"])


def test_a_rolled_back_call_leaves_nothing(database: str) -> None:
    """The job belongs to the caller's transaction."""
    del database
    with engine().connect() as conn:
        conn.execute(ENQUEUE, DEFAULTS)
        conn.rollback()

    assert 0 == ledger_jobs.count()


def test_what_makes_no_sense_is_refused_whole(database: str) -> None:
    """A bad call raises with a SQLSTATE that tells why, and takes what was enqueued beside it with it."""
    del database
    told = {}
    for what, (given, _) in REFUSED.items():
        with pytest.raises(DBAPIError) as refused:
            enqueue_beside(given)
        told[what] = getattr(refused.value.orig, "sqlstate", None)

    assert {what: sqlstate for what, (_, sqlstate) in REFUSED.items()} == told
    assert 0 == ledger_jobs.count()
