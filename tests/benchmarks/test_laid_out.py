"""The ledger's own clock gives the rates of a backlog that was worked off."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.benchmarks import laid_out

if TYPE_CHECKING:
    from collections.abc import Iterator

_FINISHED = b"""
INSERT INTO bellwork.finished_jobs (id, queue, actor, state, priority, run_at, args, options, attempt, retries, crashes,
    errors, created_at, finished_at)
SELECT n, 'default', 't.listed', 'done', 0, at, '{}', '{}', 1, 0, 0, '[]', at, at
FROM generate_series(0, %s) n, LATERAL (SELECT date_trunc('day', now()) + n * interval '10 ms' AS at) every
"""


@pytest.fixture
def arena(database: str) -> Iterator[Any]:
    """As much of an arena as the clock needs."""
    with psycopg.connect(database, autocommit=True) as conn:
        yield SimpleNamespace(conn=conn)


def test_the_rate_is_what_was_finished_after_the_first_moment(arena: Any) -> None:
    """A job every 10 ms is 100 a second, in the first fifth as in the last; CPU is shared among them."""
    arena.conn.execute(_FINISHED, (1000,))

    drained = laid_out._by_the_clock(arena, -1, [0.5, 0.2, 0.1], [])

    assert [pytest.approx(100, rel=0.02)] * 3 == [drained.rate, drained.first, drained.last]
    assert (500, 200, 100, 800) == pytest.approx((drained.workers, drained.postgres, drained.valkey, drained.cpu))


def test_what_was_finished_before_the_backlog_does_not_count(arena: Any) -> None:
    """Only ids above the one given are looked at."""
    arena.conn.execute(_FINISHED, (1000,))

    drained = laid_out._by_the_clock(arena, 500, [0.0, 0.0, 0.0], [])

    assert pytest.approx(100, rel=0.02) == drained.rate


def test_nothing_finished_is_an_error(arena: Any) -> None:
    """A fleet that finished nothing has no rate."""
    with pytest.raises(AssertionError, match="finished nothing"):
        laid_out._by_the_clock(arena, 0, [], [])
