"""A job of which nothing is said but its place has a statement of its own, which leaves what the general one does."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bellwork
from bellwork.db.callers.statements import ENQUEUE, ENQUEUE_PLAIN
from bellwork.db.engine import transaction
from bellwork.db.ledger import register_actors

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROW = b"""
SELECT to_jsonb(j) - '{id,created_at}'::text[] FROM bellwork.jobs j WHERE id = %s
"""
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)
_ARGUMENTS = st.dictionaries(st.sampled_from(["learner", "school", "x"]), _VALUES)


@pytest.fixture
def labelled(emptied: str) -> str:
    """The module's database, with an actor that declares whose data its jobs carry."""
    with transaction() as conn:
        declared = {"name": "t.labelled", "queue": "t.door", "priority": 2, "lane": "long", "callers": "everyone"}
        register_actors(conn, [declared | {"subject": ["learner"], "tenant": ["school", "a"]}])
    return emptied


@contextmanager
def _counted(conn: psycopg.Connection[Any]) -> Iterator[list[str]]:
    """Note which of the two functions was called in a transaction, and roll it back."""
    called: list[str] = []
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL track_functions = 'pl'")
        yield called
        rows = conn.execute(
            "SELECT funcname FROM pg_stat_xact_user_functions WHERE schemaname = 'bellwork' AND funcname ~ 'enqueue'"
        )
        called += sorted(name for (name,) in rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    role=st.sampled_from(["bellwork_worker", "bellwork_api"]),
    actor=st.sampled_from(["t.labelled", "t.door", "t.unheard"]),
    args=_ARGUMENTS,
    queue=st.sampled_from([None, "t.door", "other"]),
    priority=st.none() | st.integers(-1000, 1000),
)
def test_both_ways_leave_the_same_row(  # noqa: PLR0913, PLR0917 - each is drawn
    labelled: str, role: str, actor: str, args: dict[str, Any], queue: str | None, priority: int | None
) -> None:
    """Whoever may insert, and whoever may only call: the same job, or none by either."""
    said = {"actor": actor, "args": args, "queue": queue, "priority": priority, "options": {}}
    document = json.dumps([{name: value for name, value in said.items() if value is not None}])
    with psycopg.connect(labelled) as conn:
        conn.execute(b"SET LOCAL ROLE " + role.encode())
        general = conn.execute(ENQUEUE.formatted.encode(), (document,)).fetchone()
        plain = conn.execute(ENQUEUE_PLAIN.formatted.encode(), (actor, json.dumps(args), queue, priority)).fetchone()
        conn.execute(b"RESET ROLE")
        assert general is not None
        assert plain is not None
        rows = [conn.execute(_ROW, (id_,)).fetchone() for id_ in (general[0], plain[0])]
        conn.rollback()

    assert rows[0] == rows[1]
    assert (general[2] is None) == (plain[0] is not None) == (rows[1] is not None)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        ({}, ["enqueue_plain"]),
        ({"priority": 5, "queue": "t.door"}, ["enqueue_plain"]),
        ({"delay": 0}, ["enqueue_plain"]),
        ({"delay": 1}, ["try_enqueue"]),
        ({"unique_key": "k"}, ["try_enqueue"]),
    ],
    ids=str,
)
def test_the_plain_way_is_taken_where_nothing_else_is_said(labelled: str, said: Any, called: list[str]) -> None:
    """One call for a job, by the function that is meant for it."""
    with psycopg.connect(labelled) as conn, _counted(conn) as found:
        told = bellwork.enqueue(conn, "t.labelled", {"learner": "l1"}, **said)
        assert told.is_new

    assert called == found


def test_a_refusal_of_the_plain_way_is_told_by_the_general_one(labelled: str) -> None:
    """It takes a second call, and leaves the transaction as it was."""
    with psycopg.connect(labelled) as conn, _counted(conn) as found:
        conn.execute("SET LOCAL ROLE bellwork_api")
        with pytest.raises(bellwork.RefusedJob, match='declared with callers="internal"'):
            bellwork.enqueue(conn, "t.inner")
        conn.execute("RESET ROLE")

    assert ["enqueue_plain", "try_enqueue"] == found
