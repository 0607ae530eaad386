"""A process keeps its own lease where nobody else does, and asks to be replaced only where nobody else ever does."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from dramatiq.errors import BrokerConnectionError

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.settings import settings
from bellwork.workers import watch
from bellwork.workers.capacity import Capacity
from bellwork.workers.watch import ALONE, BOOTS, Watch
from tests.db.ledger import ledger_jobs
from tests.workers.still import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime


@pytest.fixture
def watched(database: str) -> Iterator[tuple[Watch, Clock, list[int]]]:
    """The watch of a registered process, time held still, and the signals that it sends itself."""
    del database
    broker: Any = SimpleNamespace(worker_id=ledger_jobs.appear(lease=1), worker=None, quarantined=set(), actors={})
    sent: list[int] = []
    with (
        patch.object(watch, "time", Clock()) as clock,
        patch.object(watch, "age", lambda: 1.0),
        patch.object(watch, "parent_process", lambda: SimpleNamespace(is_alive=lambda: True)),
        patch.object(os, "kill", lambda _, number: sent.append(number)),
    ):
        yield Watch(broker), clock, sent


def left(share: float) -> None:
    """Leave so much of the lease, as somebody else's beat of some time ago does."""
    with transaction() as conn:
        asked = "UPDATE bellwork.workers SET expires_at = now() + make_interval(secs => %s)"
        psycopg_of(conn).execute(asked, (settings().lease * share,))


def test_a_sibling_that_beats_late_is_still_a_sibling(watched: tuple[Watch, Clock, list[int]]) -> None:
    """Less than half of the lease is left at every look, but each time somebody else has beaten: nobody leaves."""
    looks, clock, sent = watched
    for _ in range(10):
        left(0.4)
        looks.look()
        clock.now += ALONE

    assert [] == sent


def test_who_is_the_only_one_to_beat_leaves(watched: tuple[Watch, Clock, list[int]]) -> None:
    """Its own beats run down to less than half, and no other came in between: its heartbeat is gone."""
    looks, clock, sent = watched
    for _ in range(4):
        looks.look()
        clock.now += ALONE
        looks.own_beat = run_down()

    assert 1 == len(sent)


def test_on_a_busy_machine_a_heartbeat_has_as_long_as_its_worker_needed(
    watched: tuple[Watch, Clock, list[int]],
) -> None:
    """It took half a minute to boot: who leaves after a quarter only makes the machine busier, until nobody works."""
    alone, clock, sent = watched
    with patch.object(watch, "age", lambda: 30.0):
        slow = Watch(alone.broker)
    seconds = 0.0
    while not sent and seconds < 10 * BOOTS * 30:
        slow.look()
        clock.now += ALONE
        seconds += ALONE
        slow.own_beat = run_down()

    assert BOOTS * 30 < seconds < 2 * BOOTS * 30


def test_a_worker_that_drains_beats_for_itself_and_is_not_told_again(
    watched: tuple[Watch, Clock, list[int]],
) -> None:
    """Its heartbeat is gone: the lease is renewed for as long as it takes, and no second SIGTERM ends what it runs."""
    looks, clock, sent = watched
    looks.broker.worker = SimpleNamespace()  # type: ignore[assignment]
    looks.broker.capacity = Capacity()
    for _ in range(4):
        looks.look()
        clock.now += ALONE
        looks.own_beat = run_down()
    looks.look()

    assert [] == sent
    assert looks.own_beat
    assert looks.own_beat > run_down()


def test_a_worker_that_was_shut_down_meanwhile_is_not_ended(watched: tuple[Watch, Clock, list[int]]) -> None:
    """Its main thread did not hang: it writes down what ended last, and an exit would take that away."""
    looks, _, _ = watched
    stops: list[int] = []
    with patch.object(os, "_exit") as ended:
        looks._stop_worker()
        assert ended.call_count == 0
        looks.broker.worker = SimpleNamespace(stop=lambda: stops.append(1))  # type: ignore[assignment]
        looks._stop_worker()
        looks.broker.worker = SimpleNamespace(stop=None)  # type: ignore[assignment]
        looks._stop_worker()

    assert ([1], 2) == (stops, ended.call_count)


def run_down() -> datetime:
    """Let the lease run down by itself; returns until when it holds now, as its own beat."""
    left(0.4)
    with transaction() as conn:
        [(expires,)] = psycopg_of(conn).execute("SELECT expires_at FROM bellwork.workers").fetchall()
        found: datetime = expires
        return found


def test_a_look_outlives_that_postgresql_goes_away_while_a_job_is_buried(
    watched: tuple[Watch, Clock, list[int]],
) -> None:
    """What a probe claims may be a job that is to be marked dead unrun, and that cannot be recorded then."""
    looks, _, sent = watched
    with patch.object(looks.probe, "look", side_effect=BrokerConnectionError("away")) as probed:
        looks.look()

    assert (1, []) == (probed.call_count, sent)
