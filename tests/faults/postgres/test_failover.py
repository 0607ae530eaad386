"""A failover to a standby that lags: what was committed in the lost tail is gone as a whole, all else is done, once."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults import actors, invariants, orders
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows
from tests.faults.own_postgres import OwnPostgres, ground_on, own_postgres
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

BOUND = 30.0
#: More ids than PostgreSQL notes in advance, so that the new primary does not know that they are taken.
FORGOTTEN = 100
_SPEND = "SELECT nextval('bellwork.jobs_id_seq') FROM generate_series(1, :ids)"
_CAUGHT_UP = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()"


class Pair:
    """A primary and the standby that follows it, with a line between them that can be cut."""

    def __init__(self, primary: OwnPostgres, standby: OwnPostgres, line: Proxy) -> None:
        self.primary, self.standby, self.line = primary, standby, line
        hosts = f"{primary.sockets},{standby.sockets}"
        self.url = f"postgresql:///bellwork?host={hosts}&port=5432,5432&user=bellwork&target_session_attrs=read-write"

    def lag(self) -> None:
        """Let the standby catch up, and hear nothing from now on."""
        eventually(lambda: rows(_CAUGHT_UP)[0][0] == 1, PATIENCE)
        self.line.refuse()

    def fail_over(self) -> None:
        """Lose the primary, and promote the standby; it takes what it was told for the truth."""
        self.primary.stop("immediate")
        with psycopg.connect(self.standby.url, autocommit=True) as conn:
            conn.execute("SELECT pg_promote()")


@pytest.fixture(scope="module")
def pair(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both servers, with the schema on them."""
    folder = tmp_path_factory.mktemp("pair")
    with own_postgres(stack) as primary:
        primary.start()
        with Proxy(str(primary.sockets / ".s.PGSQL.5432")) as line:
            heard = f"host=127.0.0.1 port={line.port} user=bellwork"
            with own_postgres(stack, primary_conninfo=heard) as standby:
                standby.follow(primary)
                standby.start()
                pair = Pair(primary, standby, line)
                with ground_on(pair.url, stack, folder):
                    yield pair


@pytest.fixture(scope="module")
def failed_over(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A fleet whose primary is lost while jobs run, some of which the standby has never heard of; its folder."""
    folder = tmp_path_factory.mktemp("faults")
    with Cluster(folder, processes=1, scheduler=True) as cluster:
        _ask("kept")
        _hold(folder, "across", "again")
        pair.lag()
        (folder / "go-again").touch()
        _ask("lost")
        eventually(lambda: jobs("again", "done"), PATIENCE)
        rows(_SPEND, ids=FORGOTTEN)
        _hold(folder, "lost-too", "ghost")
        (folder / "ghost").write_text(str(rows("SELECT max(id) FROM bellwork.jobs")[0][0]))
        pair.fail_over()
        yield folder
        assert [1] * 3 == [kept.starts for kept in cluster.kept]


def test_g3_a_lost_tail_is_lost_as_a_whole_and_all_else_is_done_once(failed_over: Path) -> None:
    """Every worker finds the new primary; what ran across the failover, or again because of it, has one effect."""
    began = time.monotonic()
    for name in ("across", "lost-too"):
        (failed_over / f"go-{name}").touch()
    orders.ask("new")
    eventually(lambda: orders.is_done("new") and jobs("across", "done") and jobs("again", "done"), BOUND)
    sys.stdout.write(f"all done {time.monotonic() - began:.2f} s after the failover\n")
    eventually(lambda: notes(failed_over, "fenced", "lost-too"), PATIENCE)

    orders.assert_once("kept-%", 5)
    assert ([], []) == (rows("SELECT FROM requests WHERE name LIKE 'lost-%'"), jobs("lost-%"))
    assert ([], ["across"], ["again"]) == (effects("lost-%"), effects("across"), effects("again"))
    invariants.check()


def test_g3_a_lost_job_that_still_runs_does_not_finish_the_one_that_got_its_id(failed_over: Path) -> None:
    """The new primary hands out ids again; the new job runs, and what the old one writes late is refused."""
    ghost = int((failed_over / "ghost").read_text())
    rows("SELECT setval('bellwork.jobs_id_seq', :last)", last=ghost - 1)
    _hold(failed_over, "heir")
    assert [(ghost, "running")] == rows("SELECT id, state::text FROM bellwork.jobs WHERE args ->> 'name' = 'heir'")
    (failed_over / "go-ghost").touch()
    eventually(lambda: notes(failed_over, "fenced", "ghost"), RECOVERY)
    (failed_over / "go-heir").touch()
    eventually(lambda: jobs("heir", "done"), RECOVERY)

    assert ([], ["heir"]) == (effects("ghost"), effects("heir"))
    invariants.check()


def _ask(name: str) -> None:
    for number in range(5):
        orders.ask(f"{name}-{number}")
    eventually(lambda: orders.is_done(f"{name}-%", 5), PATIENCE)


def _hold(folder: Path, *names: str) -> None:
    for name in names:
        actors.hold.send(name=name)
    eventually(lambda: all(notes(folder, "start", name) for name in names), PATIENCE)
