"""No connection is to be had: who has one works on with it, beats go on, and everybody comes back by himself."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults import actors, invariants, orders
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows, workers
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEASE, REQUESTS = 2, 4
#: More than the fleet needs to begin, fewer than its threads could use.
CONNECTIONS = 16
BOUND = 40.0
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'few' AND application_name = 'bellwork'"
_COUNT = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'few' AND application_name = 'bellwork'"


@pytest.fixture(scope="module")
def crowded(ground: Path) -> Iterator[str]:
    """The database, as a role sees it that has few connections and none in reserve."""
    del ground
    rows(f"CREATE ROLE few LOGIN CONNECTION LIMIT {CONNECTIONS} IN ROLE bellwork")
    rows("ALTER ROLE few SET search_path = bellwork, public")
    yield os.environ["DATABASE_URL"].replace("user=bellwork", "user=few")
    rows("DROP ROLE few")


@pytest.fixture(scope="module")
def cluster(ground: Path, crowded: str) -> Iterator[Cluster]:
    """One master with two workers and a scheduler, with that role."""
    settings = {"DATABASE_URL": crowded, "LEASE": str(LEASE), "BEAT": "0.5"}
    with Cluster(ground, masters=1, threads=8, scheduler=True, settings=settings) as cluster:
        yield cluster


@pytest.fixture(autouse=True)
def same_workers(cluster: Cluster) -> Iterator[None]:
    """Whatever happens in a test, no process ends by it, and the ledger is whole."""
    yield
    eventually(cluster.is_up, PATIENCE)
    assert [1] * 2 == [kept.starts for kept in cluster.kept]
    invariants.check()


def test_g10_work_and_beats_go_on_with_the_connections_there_are(crowded: str) -> None:
    """Others take every connection that is left: requests pass all the same, and no worker looks dead."""
    before = {worker.id for worker in workers()}
    with _taken(crowded):
        crowd = time.monotonic()
        for number in range(REQUESTS):
            orders.ask(f"crowded-{number}")
        eventually(lambda: orders.is_done("crowded-%", REQUESTS), BOUND)
        sys.stdout.write(f"done after {time.monotonic() - crowd:.2f} s with {rows(_COUNT)[0][0]} connections\n")
        eventually(lambda: time.monotonic() > crowd + 2 * LEASE, PATIENCE)

        assert before == {worker.id for worker in workers()}
    orders.assert_once("crowded-%", REQUESTS)


def test_g10_everybody_reconnects_when_there_is_room_again(crowded: str, ground: Path) -> None:
    """All lose their connections and get none for two leases; then the job that ran meanwhile is finished, once."""
    actors.hold.send(name="alone")
    eventually(lambda: notes(ground, "start", "alone"), PATIENCE)
    with _taken(crowded) as taken:
        while len(taken) < CONNECTIONS:
            rows(_CUT)
            _take(crowded, taken)
        alone = time.monotonic()
        (ground / "go-alone").touch()
        eventually(lambda: time.monotonic() > alone + 2 * LEASE, PATIENCE)
        assert [] == effects("alone")
    back = time.monotonic()
    eventually(lambda: jobs("alone", "done"), BOUND)
    sys.stdout.write(f"done {time.monotonic() - back:.2f} s after there was room\n")

    assert ["alone"] == effects("alone")


@contextmanager
def _taken(url: str) -> Iterator[list[psycopg.Connection]]:
    """Hold every connection that the role may still have: all `CONNECTIONS` of them mean that nobody else has one."""
    taken: list[psycopg.Connection] = []
    try:
        _take(url, taken)
        yield taken
    finally:
        for connection in taken:
            connection.close()


def _take(url: str, taken: list[psycopg.Connection]) -> None:
    """Connect until the server refuses."""
    refused = None
    while refused is None:
        try:
            taken.append(psycopg.connect(url.replace("+psycopg", ""), autocommit=True))
        except psycopg.OperationalError as error:
            refused = str(error)
    assert "too many connections" in refused
