"""Clocks that are wrong: only PostgreSQL's counts, and even when that one jumps, nobody is declared dead for it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db import migrate
from bellwork.db.settings import settings
from tests.faults import actors, chores, clocks, ground, invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.processes import Cluster
from tests.faults.site import BACK, Site
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SKEW = 120
#: Seconds in which everybody who would declare others dead has had his turn; a lease is 3.5 s.
MORE_THAN_A_LEASE = 5.0
_LEFT = "SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers"


@pytest.fixture(scope="module")
def skewed(ground: Path) -> Iterator[Site]:
    """One master two minutes ahead, the other two minutes behind, and the scheduler ahead."""
    cluster = Cluster(ground, modules="tests.faults.chores", processes=1, scheduler=True)
    for kept, seconds in zip(cluster.kept, (SKEW, -SKEW, SKEW), strict=True):
        clocks.skew(kept, seconds)
    with cluster:
        yield Site(ground, cluster)


@pytest.fixture
def own_time(tmp_path: Path) -> Iterator[tuple[Callable[[int], None], Site]]:
    """A PostgreSQL whose clock the test sets, and a site on it."""
    with clocks.servers_with_a_clock() as set_ahead:
        migrate.upgrade()
        ground.create()
        cluster = Cluster(tmp_path, processes=1, scheduler=True)
        with cluster:
            yield set_ahead, Site(tmp_path, cluster)


def test_n3_two_minutes_ahead_or_behind_makes_no_difference(skewed: Site) -> None:
    """Stages, retries and delays take their time by PostgreSQL; a job of several leases stays where it is."""
    eventually(skewed.cluster.is_up, PATIENCE)
    held, began = skewed.hold_everywhere("skewed"), time.monotonic()
    for number in range(10):
        ask(f"skewed-request-{number}")
        chores.stumble.send(name=f"skewed-retry-{number}")
        actors.nap.send_with_options(kwargs={"name": f"skewed-later-{number}"}, delay=1_000)
    eventually(lambda: is_done("skewed-request-%", 10), PATIENCE)
    eventually(lambda: len(jobs("skewed-retry-%", "done") + jobs("skewed-later-%", "done")) == 20, PATIENCE)
    took = time.monotonic() - began
    sys.stdout.write(f"N3: stages, retries and delays are done after {took:.2f} s\n")
    eventually(lambda: time.monotonic() - began > MORE_THAN_A_LEASE, PATIENCE)
    for name in held:
        skewed.let_go(name)
    eventually(lambda: all(jobs(name, "done") for name in held), PATIENCE)

    assert 1.0 <= took < SKEW / 4
    assert_once("skewed-request-%", 10)
    assert [(1, 0)] * 2 == [(job.attempt, job.crashes) for name in held for job in jobs(name)]
    invariants.check()


def test_n3_a_dead_worker_with_a_wrong_clock_is_replaced(skewed: Site) -> None:
    """Killed with all that belongs to it, its lease ends by PostgreSQL's clock, not two minutes later."""
    eventually(skewed.cluster.is_up, PATIENCE)
    master = skewed.cluster.masters[0]
    held = skewed.hold_on(master, "orphan")
    died = time.monotonic()
    master.destroy()
    eventually(lambda: len(notes(skewed.folder, "start", held)) == 2, RECOVERY)
    sys.stdout.write(f"N3: replaced after {time.monotonic() - died:.2f} s\n")
    skewed.let_go(held)
    eventually(lambda: jobs(held, "done"), PATIENCE)
    master.wanted = True

    assert [held] == effects(held)
    invariants.check()


@pytest.mark.soak
def test_n3_a_jump_of_postgresqls_clock_declares_nobody_dead(own_time: tuple[Callable[[int], None], Site]) -> None:
    """An hour back, and a minute forward: who lives beats on, keeps what it runs, and takes new jobs.

    It needs a PostgreSQL of its own and several leases, which takes longer than it is worth every time.
    """
    set_ahead, site = own_time
    for what, ahead in {"back": -3600, "forward": -3540}.items():
        held, jumped = site.hold_everywhere(what), time.monotonic()
        set_ahead(ahead)
        eventually(lambda: all(0 < left < settings().lease + 1 for (left,) in rows(_LEFT)), BACK)
        for number in range(5):
            ask(f"{what}-request-{number}")
        eventually(lambda: is_done(f"{what}-request-%", 5), PATIENCE)  # noqa: B023 - it is called at once
        eventually(lambda: time.monotonic() - jumped > MORE_THAN_A_LEASE, PATIENCE)  # noqa: B023
        for name in held:
            site.let_go(name)
        eventually(lambda: all(jobs(name, "done") for name in held), PATIENCE)  # noqa: B023
        sys.stdout.write(f"N3: {ahead} s: {[(job.attempt, job.crashes) for name in held for job in jobs(name)]}\n")

        assert_once(f"{what}-request-%", 5)
        assert [(1, 0)] * 2 == [(job.attempt, job.crashes) for name in held for job in jobs(name)]
