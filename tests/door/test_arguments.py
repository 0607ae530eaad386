"""Arguments of types that JSON lacks, by an actor's annotations or by their own types, on every kind of connection."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq
import psycopg
import pytest

import bellwork
from bellwork import NewJob, RefusedJob
from bellwork.workers import broker
from bellwork.workers.testing import drain
from tests.door.test_names import loaded_by

if TYPE_CHECKING:
    from tests.door.callers import Caller


class Size(Enum):
    """A size."""

    BIG = "big"


@dramatiq.actor(actor_name="t.door_typed", queue_name="t.door_typed")
def paint(when: datetime, size: Size, cost: Decimal, pupils: set[UUID], rest: timedelta = timedelta()) -> None:
    """Note it."""
    got.append({"when": when, "size": size, "cost": cost, "pupils": pupils, "rest": rest})


got: list[dict[str, Any]] = []
ARGS: dict[str, Any] = {
    "when": datetime(2026, 1, 1, tzinfo=UTC),
    "size": Size.BIG,
    "cost": Decimal("1.10"),
    "pupils": {UUID(int=1), UUID(int=2)},
    "rest": timedelta(days=400, seconds=1),
}
WRITTEN = {
    "when": "2026-01-01T00:00:00+00:00",
    "size": "big",
    "cost": "1.10",
    "pupils": [str(UUID(int=1)), str(UUID(int=2))],
    "rest": "P400DT1S",
}


def test_they_are_written_alike_however_the_actor_is_given(caller: Caller, jobs: Any) -> None:
    """An actor, its name where it is known, its name alone, and several at once: the row is the same."""
    caller.enqueue(paint, ARGS)
    caller.enqueue("t.door_typed", ARGS)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.delitem(broker.actors, "t.door_typed")
        caller.enqueue("t.door_typed", ARGS)
        caller.enqueue_many([NewJob("t.door_typed", ARGS), NewJob(paint, WRITTEN)])
    caller.commit()

    assert [WRITTEN] * 5 == jobs()


def test_a_worker_reads_them_by_the_annotations(emptied: str) -> None:
    """Whoever wrote them, SQL callers included."""
    got.clear()
    with psycopg.connect(emptied) as conn:
        bellwork.enqueue(conn, paint, ARGS)
        with pytest.MonkeyPatch.context() as elsewhere:
            elsewhere.delitem(broker.actors, "t.door_typed")
            bellwork.enqueue(conn, "t.door_typed", ARGS)
        conn.execute(
            """SELECT bellwork.enqueue('t.door_typed', jsonb_build_object(
                   'when', timestamptz '2026-01-01T00:00:00Z', 'size', 'big', 'cost', 1.1, 'rest', 'P400DT1S',
                   'pupils', jsonb_build_array(%s::uuid, %s::uuid)))""",
            (UUID(int=1), UUID(int=2)),
        )
    drain()

    assert [ARGS] * 3 == got


def test_what_does_not_fit_is_refused_with_the_parameters_name(caller: Caller, jobs: Any) -> None:
    """Before PostgreSQL is asked: the transaction goes on."""
    with pytest.raises(TypeError, match=r"^t\.door_typed: parameter 'when' takes datetime, got str: it should be"):
        caller.enqueue(paint, ARGS | {"when": "tomorrow"})
    with pytest.raises(TypeError, match="parameter 'size' takes Size, got str"):
        caller.enqueue_many([NewJob(paint, ARGS), NewJob("t.door_typed", ARGS | {"size": "small"})])
    caller.enqueue(paint, ARGS)
    caller.commit()

    assert [WRITTEN] == jobs()


@pytest.mark.parametrize("value", [b"x", object(), {"a": [b"x"]}, iter([1]), date], ids=type)
def test_by_name_alone_other_types_are_refused_as_ever(emptied: str, value: object) -> None:
    """There is no rule for them."""
    with psycopg.connect(emptied) as conn, pytest.raises(RefusedJob, match=r"args\['x'\].* is a .*; arguments and"):
        bellwork.enqueue(conn, "t.unheard", {"x": value})


def test_by_name_alone_what_contains_itself_is_refused_as_ever(emptied: str) -> None:
    """As too deep."""
    endless: list[Any] = []
    endless.append(endless)
    with psycopg.connect(emptied) as conn, pytest.raises(RefusedJob, match="at_most_64_levels_deep"):
        bellwork.enqueue(conn, "t.unheard", {"x": endless})


def test_writing_dates_and_the_like_loads_no_library() -> None:
    """An API layer that enqueues by name stays as light as it is; only models bring pydantic along."""
    code = """
from datetime import *; from decimal import Decimal; from uuid import UUID
from bellwork.db.plain import plain
plain([datetime.now(), date.max, time(), timedelta(1), Decimal(1), UUID(int=1), {1}])
"""
    assert set() == loaded_by(code)
