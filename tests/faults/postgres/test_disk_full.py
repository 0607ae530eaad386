"""PostgreSQL's disk is full: whoever enqueues hears of it, nobody runs wild, and with room again all is done, once."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import DiskFull

from bellwork.db.engine import DatabaseError
from bellwork.workers.outcome import UNDECIDED_DELAY
from tests.faults import actors, invariants, orders
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, rows
from tests.faults.own_postgres import OwnPostgres, ground_on, own_postgres
from tests.faults.processes import Cluster
from tests.faults.small_volume import full, small_volume
from tests.helpers import eventually
from tests.ops.first_lines import first_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

#: Megabytes: what a new cluster takes and some room; its log needs four segments of 16.
DATA, WAL = 128, 64
#: Seconds without room, and warnings that a process may log in each of them.
FULL, QUIET = 4.0, 1.5
#: Seconds until all is done once there is room: an end is recorded with pauses that grow as long as there is none, and
#: one that could not be recorded is a retry.
BOUND = FULL + UNDECIDED_DELAY + RECOVERY
_MUCH = "CREATE TABLE much AS SELECT repeat(md5(n::text), 30) AS filler FROM generate_series(1, 60000) n"


@dataclass(frozen=True)
class Volumes:
    """Where the data are, and where their log is."""

    data: Path
    log: Path


@pytest.fixture(scope="module")
def volumes() -> Iterator[Volumes]:
    """Both, small and empty."""
    with small_volume(DATA) as data, small_volume(WAL) as log:
        yield Volumes(data, log)


@pytest.fixture(scope="module")
def server(volumes: Volumes, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    """A PostgreSQL on these volumes, with the schema."""
    with own_postgres(stack, volumes.data, min_wal_size="32MB", max_wal_size="32MB") as server:
        server.account.own(volumes.data)
        server._make_cluster()
        wal, moved = server.data / "pg_wal", volumes.log / "wal"
        shutil.move(wal, moved)
        for path in (moved, *moved.rglob("*")):
            server.account.own(path)
        wal.symlink_to(moved)
        server.start()
        with ground_on(server.url, stack, tmp_path_factory.mktemp("storage")):
            yield server


@pytest.fixture(scope="module")
def cluster(server: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    del server
    with Cluster(tmp_path_factory.mktemp("faults"), processes=1, scheduler=True) as cluster:
        yield cluster


def test_g7_a_full_disk_is_an_error_for_callers_and_a_pause_for_workers(
    server: OwnPostgres, volumes: Volumes, cluster: Cluster
) -> None:
    """The server stays up, each process says little, and what was accepted before and meanwhile is done, once.

    `bellwork status` and the dashboard's first page name the disk first, as soon as anybody looks.
    """
    before, accepted = server.pid, list[str]()
    with full(volumes.data):
        with pytest.raises(DiskFull, match="No space left"):
            _enqueue_into(accepted)
        began, said = time.monotonic(), _warnings(cluster)
        eventually(lambda: time.monotonic() > began + FULL, PATIENCE)
        first = first_lines()
        loud = (_warnings(cluster) - said) / FULL / len(cluster.kept)
    room = time.monotonic()
    eventually(lambda: len(jobs("full-%", "done")) == len(accepted), BOUND)
    sys.stdout.write(f"{len(accepted)} accepted, done {time.monotonic() - room:.2f} s after there was room; ")
    sys.stdout.write(f"{loud:.1f} warnings a second and process\n")

    assert before == server.pid
    assert all(line.startswith("PostgreSQL's disk is full: ") and "No space left" in line for line in first), first
    assert accepted == effects("full-%")
    assert loud < QUIET
    assert [1] * 3 == [kept.starts for kept in cluster.kept]
    invariants.check()


def test_g7_a_full_disk_of_the_log_ends_the_server_and_nothing_that_was_committed(
    server: OwnPostgres, volumes: Volumes, cluster: Cluster
) -> None:
    """PostgreSQL panics; started again with room, it has all that was committed, and the workers are all there."""
    orders.ask("before")
    with full(volumes.log):
        with pytest.raises(DatabaseError):
            rows(_MUCH)
        eventually(lambda: "PANIC" in server.log.read_text(), PATIENCE)
    room = time.monotonic()
    eventually(lambda: _answers(server), BOUND)
    orders.ask("after")
    eventually(lambda: orders.is_done("before") and orders.is_done("after"), BOUND)
    sys.stdout.write(f"done {time.monotonic() - room:.2f} s after there was room\n")

    orders.assert_once("before")
    orders.assert_once("after")
    assert [1] * 3 == [kept.starts for kept in cluster.kept]
    invariants.check()


def _enqueue_into(accepted: list[str]) -> None:
    """Enqueue until that is refused."""
    while True:
        name = f"full-{len(accepted):05}"
        actors.nap.send(name=name)
        accepted.append(name)


def _answers(server: OwnPostgres) -> bool:
    """Start the server if it is down, and tell whether it has recovered."""
    server.start()
    try:
        return bool(rows("SELECT 1"))
    except DatabaseError:
        return False


def _warnings(cluster: Cluster) -> int:
    return sum(line.count("[warning") + line.count("ERROR]") for kept in cluster.kept for line in _lines(kept))


def _lines(kept: Any) -> list[str]:
    return list(kept.log.read_text().splitlines())
