"""What a send refuses is refused here in the same words, and before PostgreSQL is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dramatiq
import psycopg
import pytest

import bellwork
from bellwork import NewJob
from bellwork.workers import broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dramatiq.actor(actor_name="t.knocked", queue_name="t.knocked", priority=5, unique="waiting")
def knock(content: Any, times: int = 1) -> None:
    """Do nothing."""
    del content, times


@pytest.fixture
def conn(emptied: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection that must not be told of a refusal."""
    with psycopg.connect(emptied) as opened:
        opened.execute("SELECT 1")
        yield opened
        assert psycopg.pq.TransactionStatus.INTRANS == opened.info.transaction_status


#: Arguments of the actor `knock`, or options of its message.
SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "too long": ({"content": "x" * 70_000}, {}),
    "NaN": ({"content": [1, float("nan")]}, {}),
    "NUL": ({"content": "a\0b"}, {}),
    "NUL in a key": ({"content": {"a\0b": 1}}, {}),
    "half a character": ({"content": "\ud800"}, {}),
    "too great": ({"content": 10**5_000}, {}),
    "no JSON": ({"content": {1, 2}}, {}),
    "a missing argument": ({"times": 2}, {}),
    "an unknown argument": ({"content": 1, "loudly": True}, {}),
    "a date without a zone": ({"content": 1}, {"run_at": datetime(2100, 1, 1)}),  # noqa: DTZ001 - that is what is refused
    "a text for a date": ({"content": 1}, {"run_at": "2100-01-01"}),
    "far off": ({"content": 1}, {"run_at": datetime(2200, 1, 1, tzinfo=UTC)}),
    "urgent beyond measure": ({"content": 1}, {"priority": 1_001}),
    "an empty key": ({"content": 1}, {"unique_key": ""}),
    "a long key": ({"content": 1}, {"unique_key": "é" * 101}),
    "a key of the calendar": ({"content": 1}, {"unique_key": "entry:x"}),
    "a key with NUL": ({"content": 1}, {"unique_key": "a\0b"}),
    "another word": ({"content": 1}, {"unique_key": "k", "unique": "sometimes"}),
}


@pytest.mark.parametrize("which", SAME)
@pytest.mark.parametrize("actor", [knock, "t.knocked"], ids=["actor", "name"])
def test_what_a_send_refuses(conn: psycopg.Connection[Any], which: str, actor: Any) -> None:
    """The same class of error, and the same words."""
    args, options = SAME[which]
    with pytest.raises((TypeError, ValueError)) as sent:
        knock.send_with_options(kwargs=args, **options)
    with pytest.raises((TypeError, ValueError)) as knocked:
        bellwork.enqueue(conn, actor, args, **options)

    assert (type(sent.value), str(sent.value)) == (type(knocked.value), str(knocked.value))


#: Parameters that a send does not have, or takes for something else.
OWN: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "no actor": (lambda conn: bellwork.enqueue(conn, 5), TypeError, "actor is 5; give an actor or its name"),  # type: ignore[arg-type]
    "no name": (lambda conn: bellwork.enqueue(conn, ""), ValueError, "between_1_and_200_characters"),
    "a list": (
        lambda conn: bellwork.enqueue(conn, "t.x", [1]),  # type: ignore[arg-type]
        TypeError,
        "args of 't.x' is a list; give one mapping of named arguments",
    ),
    "a text": (lambda conn: bellwork.enqueue(conn, "t.x", "{}"), TypeError, "args of 't.x' is a str"),  # type: ignore[arg-type]
    "a key that is no text": (
        lambda conn: bellwork.enqueue(conn, "t.x", {1: 2}),  # type: ignore[dict-item]
        TypeError,
        "args of 't.x' has the key 1; arguments have names",
    ),
    "two due times": (
        lambda conn: bellwork.enqueue(conn, "t.x", run_at=datetime(2100, 1, 1, tzinfo=UTC), delay=5),
        ValueError,
        "run_at and delay are both given; give one of them",
    ),
    "a text for a delay": (
        lambda conn: bellwork.enqueue(conn, "t.x", delay="5"),  # type: ignore[arg-type]
        TypeError,
        "delay is '5'; give seconds or a timedelta",
    ),
    "a delay beyond reach": (
        lambda conn: bellwork.enqueue(conn, "t.x", delay=timedelta(days=999_999)),
        ValueError,
        "delay breaks after_1970_and_before_2200",
    ),
    "a delay that is no number": (lambda conn: bellwork.enqueue(conn, "t.x", delay=float("nan")), ValueError, "is nan"),
    "unique without a key": (
        lambda conn: bellwork.enqueue(conn, "t.x", unique="waiting"),
        ValueError,
        "unique is 'waiting', but there is no unique_key",
    ),
    "a number for a queue": (lambda conn: bellwork.enqueue(conn, "t.x", queue=5), TypeError, "queue is 5; give a text"),  # type: ignore[arg-type]
    "a queue's name": (
        lambda conn: bellwork.enqueue(conn, "t.x", queue="not a queue"),
        ValueError,
        "queue breaks at_most_100_letters_digits_dots_dashes",
    ),
    "a text for a priority": (
        lambda conn: bellwork.enqueue(conn, "t.x", priority="high"),  # type: ignore[arg-type]
        TypeError,
        "priority is 'high'; give a whole number",
    ),
    "a bad one of many": (
        lambda conn: bellwork.enqueue_many(conn, [NewJob("t.x"), NewJob("t.x", {"a": "\0"})]),
        ValueError,
        "contains NUL",
    ),
    "no id": (lambda conn: bellwork.get_job(conn, "5"), TypeError, "id is '5'; a job's id is a whole number"),  # type: ignore[arg-type]
    "no reason": (lambda conn: bellwork.cancel_job(conn, 5, None), TypeError, "reason is None; give a text"),  # type: ignore[arg-type]
    "NUL in a reason": (lambda conn: bellwork.cancel_job(conn, 5, "a\0"), ValueError, "reason contains NUL"),
}


@pytest.mark.parametrize("which", OWN)
def test_what_is_said_wrongly(conn: psycopg.Connection[Any], which: str) -> None:
    """It names the parameter, what was given and what to give."""
    call, kind, words = OWN[which]
    with pytest.raises(kind) as refused:
        call(conn)

    assert words in str(refused.value)


def test_an_actor_brings_what_it_declares(emptied: str, jobs: Any) -> None:
    """Its name, and what its keys are unique among; a name that is known here is as good."""
    with psycopg.connect(emptied) as conn:
        told = [bellwork.enqueue(conn, one, {"content": 1}, unique_key=f"{one!r}") for one in (knock, "t.knocked")]

    assert ["t.knocked"] * 2 == jobs("actor")
    assert [True, True] == jobs("options ? 'waiting_key'")
    assert [each.id for each in told] == jobs("id")
    assert "t.knocked" in broker.actors


def test_what_looks_like_an_actor_is_asked_for_its_name(conn: psycopg.Connection[Any]) -> None:
    """And refused where that is none."""
    with pytest.raises(TypeError, match="give an actor or its name"):
        bellwork.enqueue(conn, SimpleNamespace(actor_name=None))
