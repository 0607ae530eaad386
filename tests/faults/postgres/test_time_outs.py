"""Locks, slow statements and forgotten transactions end at their time-outs: callers hear of it, work goes on.

The product's own time-outs are 5 s for a lock, 10 s idle in a transaction and 30 s for a statement. Here the role
brings shorter ones, as it may behind a pooler, so that nobody has to wait for them.
"""

from __future__ import annotations

import sys
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from psycopg.errors import LockNotAvailable, QueryCanceled
from sqlalchemy.exc import OperationalError

from bellwork.db import ledger, migrate, revision
from bellwork.db.engine import transaction
from tests.faults import actors, failpoints, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows
from tests.faults.own_sessions import let, locked
from tests.faults.own_valkey import environment
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: The short time-out of each test, in milliseconds, and the seconds until its error is there on a busy machine.
SHORT, BOUND = 500, 4.5
LEASE = 2
_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'"


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler whose sessions' time-outs come from their role."""
    with environment(POOLER="transaction"):
        let()
        with Cluster(ground, processes=1, scheduler=True, settings={"LEASE": str(LEASE), "BEAT": "0.5"}) as cluster:
            yield cluster


def test_g4_a_statement_that_takes_too_long_is_an_error_and_no_worker_ends(cluster: Cluster, ground: Path) -> None:
    """While nobody can read the jobs, enqueue fails at its time-out, beats go on, and afterwards all is done once."""
    let(statement_timeout=SHORT)
    actors.hold.send(name="slow")
    eventually(lambda: notes(ground, "start", "slow"), PATIENCE)
    with locked("LOCK TABLE bellwork.jobs IN ACCESS EXCLUSIVE MODE"):
        (ground / "go-slow").touch()
        began = time.monotonic()
        with pytest.raises(QueryCanceled, match="statement timeout"):
            actors.nap.send(name="refused")
        took = time.monotonic() - began
        renewed = rows("SELECT min(expires_at) AS until FROM bellwork.workers")[0].until
        eventually(lambda: rows("SELECT min(expires_at) > :was FROM bellwork.workers", was=renewed)[0][0], PATIENCE)
        eventually(lambda: all("cannot claim" in each.log.read_text() for each in cluster.masters), PATIENCE)
    actors.nap.send(name="taken")
    eventually(lambda: jobs("slow", "done") and jobs("taken", "done"), PATIENCE)
    sys.stdout.write(f"enqueue failed after {took:.2f} s\n")

    assert took < BOUND
    assert ([], ["slow"], ["taken"]) == (effects("refused"), effects("slow"), effects("taken"))
    _assert_whole(cluster)


def test_g8_nobody_hangs_behind_a_change_of_the_table_that_waits_itself(cluster: Cluster) -> None:
    """A forgotten reader, an ALTER TABLE behind it: enqueue fails at its time-out, and works when they are gone."""
    let(lock_timeout=SHORT)
    with locked("SELECT FROM bellwork.jobs LIMIT 1"):
        change = Thread(target=_alter)
        change.start()
        eventually(lambda: rows(_WAITS)[0][0] == 1, PATIENCE)
        began = time.monotonic()
        with pytest.raises(LockNotAvailable):
            actors.nap.send(name="behind")
        took = time.monotonic() - began
    change.join()
    actors.nap.send(name="ahead")
    eventually(lambda: jobs("ahead", "done"), PATIENCE)
    sys.stdout.write(f"enqueue failed after {took:.2f} s\n")

    assert took < BOUND
    assert ([], ["ahead"]) == (effects("behind"), effects("ahead"))
    _assert_whole(cluster)


@pytest.mark.usefixtures("cluster")
def test_g8_a_migration_gives_up_behind_a_reader() -> None:
    """It stands in nobody's way for longer than its time-out, and leaves the schema as it was before the step."""
    let(lock_timeout=SHORT)
    with locked("SELECT FROM content.content_requests"), pytest.raises(OperationalError, match="lock timeout"):
        migrate.downgrade("base", "content")
    [given_up_at] = [revision.current(line) for line in revision.revision_lines() if line.word == "content"]
    migrate.upgrade()

    # 0004 is the first of the steps back that touches the table, and it is held up as a whole.
    assert ("0004", True) == (given_up_at, revision.is_current())


def test_g9_a_worker_that_stops_inside_a_transaction_lets_go_of_its_locks(cluster: Cluster, ground: Path) -> None:
    """The server ends its session: an operator's cancel waits no longer, the worker's own late commit is refused."""
    let(idle_in_transaction_session_timeout=2 * SHORT)
    failpoints.order(ground, "before_commit", "sleep 2", "faults.nap")
    actors.nap.send(name="idle")
    eventually(lambda: failpoints.taken(ground, "before_commit"), PATIENCE)
    [(held,)] = rows("SELECT id FROM bellwork.jobs WHERE actor = 'faults.nap'")
    began = time.monotonic()
    with transaction() as conn:
        assert [held] == ledger.cancel(conn, [held], "it hangs")
    sys.stdout.write(f"cancelled after {time.monotonic() - began:.2f} s\n")
    failpoints.order(ground, "before_commit", "sleep 2", "faults.nap")
    actors.nap.send(name="again")
    eventually(lambda: jobs("again", "done"), PATIENCE)

    assert ([], ["again"]) == (effects("idle"), effects("again"))
    assert ["cancelled"] == [job.state for job in jobs("idle")]
    assert [(2, 1)] == [(job.attempt, job.retries) for job in jobs("again")]
    _assert_whole(cluster)


def _alter() -> None:
    with locked("ALTER TABLE bellwork.jobs ALTER priority SET DEFAULT 0"):
        pass


def _assert_whole(cluster: Cluster) -> None:
    assert [1] * 3 == [kept.starts for kept in cluster.kept]
    invariants.check()
