"""A wait is counted from the moment at which a write was due, and belongs to whatever went on while it lasted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.benchmarks import beside
from tests.benchmarks.beside import Scene, Written, beside_others
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable

#: Due at 1, 2, 3 and 4 s; the third one waited for 2 s.
WRITTEN = Written([1.0, 2.0, 3.0, 4.0], [0.25, 0.5, 2.0, 0.125], {})


@pytest.mark.parametrize(
    ("begin", "end", "longest"), [(0, 1, 0), (0, 3, 500), (2.5, 2.75, 0), (4.5, 5, 2000), (3.5, 9, 2000), (5, 9, 0)]
)
def test_the_longest_wait_is_that_of_the_span(begin: float, end: float, longest: float) -> None:
    """One that lies in it in part counts whole; one that ended as it began does not."""
    assert longest == WRITTEN.longest(begin, end)


def test_the_rate_counts_what_ended() -> None:
    """A write that was due in the span and ended after it is none of its own."""
    assert (0.5, 2 / 3) == (WRITTEN.rate(0, 2), WRITTEN.rate(3, 6))


@pytest.fixture
def table(database: str) -> str:
    """A table for a writer."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("CREATE TABLE public.written (at timestamptz DEFAULT now())")
    return database


def test_a_lock_is_seen_as_the_wait_that_it_causes(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that is locked for a second makes writers wait for a second; before it they did not."""
    monkeypatch.setattr(beside, "BEFORE", 0.5)
    scene = Scene(table, ["INSERT INTO public.written DEFAULT VALUES"], 50)
    found = beside_others(scene, _locking(table))
    with psycopg.connect(table) as conn:
        [rows] = conn.execute("SELECT count(*) FROM public.written").fetchone() or (0,)

    assert 900 < found.longest < 3000
    assert found.usual < 900
    assert rows >= 75
    assert {} == found.errors


def test_what_fails_is_counted(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements that PostgreSQL refuses are no writes, and stand in the report in its words."""
    monkeypatch.setattr(beside, "BEFORE", 0.5)
    found = beside_others(Scene(table, ["INSERT INTO public.nonesuch VALUES (1)"], 50), lambda: None)

    assert ['ERROR:  relation "public.nonesuch" does not exist'] == list(found.errors)
    assert found.usual_rate == 0


def _locking(url: str) -> Callable[[], None]:
    def lock() -> None:
        with psycopg.connect(url) as conn:
            conn.execute("LOCK TABLE public.written")
            began = time.monotonic()
            eventually(lambda: time.monotonic() - began > 1)

    return lock
