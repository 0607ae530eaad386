"""Kinds of work that fail, never end or take their process along: each ends in its time, and the others have theirs."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from tests.faults import actors, chores, failing, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = "tests.faults.actors,tests.faults.chores,tests.faults.failing"
CHANCES = 2


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one process with two threads each, quick to give up."""
    settings = {"MAX_CRASHES": str(CHANCES)}
    with Cluster(ground, processes=1, threads=2, modules=MODULES, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_q6_jobs_that_fail_keep_nobody_from_working(cluster: Cluster) -> None:
    """Forty that never succeed, forty that do at the second try, forty that just run: all end as they have to."""
    eventually(cluster.is_up, PATIENCE)
    began = time.monotonic()
    for number in range(40):
        failing.fail.send(name=f"never-{number}")
        chores.stumble.send(name=f"second-{number}")
        actors.nap.send(name=f"first-{number}")
    eventually(lambda: len(jobs("first-%", "done")) == 40, PATIENCE)
    took = time.monotonic() - began
    eventually(lambda: len(jobs("second-%", "done")) == len(jobs("never-%", "dead")) == 40, PATIENCE)
    sys.stdout.write(f"good ones done after {took:.2f} s, all ended after {time.monotonic() - began:.2f} s\n")

    assert {(4, "ValueError")} == {(job.retries, job.reason.split(":")[0]) for job in jobs("never-%")}
    assert {1} == {job.retries for job in jobs("second-%")}
    assert (40, 40, 0) == (len(effects("first-%")), len(effects("second-%")), len(effects("never-%")))
    invariants.check()


def test_q6_jobs_that_send_themselves_leave_room_for_others(cluster: Cluster, ground: Path) -> None:
    """Twice as many endless chains as threads: what is sent later is done within a few seconds all the same."""
    eventually(cluster.is_up, PATIENCE)
    (ground / "stop").unlink(missing_ok=True)
    for number in range(8):
        failing.again.send(name=f"chain-{number}")
    eventually(lambda: {f"chain-{number}" for number in range(8)} == set(effects("chain-%")), PATIENCE)
    began = time.monotonic()
    for number in range(20):
        actors.nap.send(name=f"between-{number}")
    eventually(lambda: len(jobs("between-%", "done")) == 20, PATIENCE)
    took = time.monotonic() - began
    (ground / "stop").touch()
    eventually(lambda: not _unfinished("chain-%"), PATIENCE)
    sys.stdout.write(f"20 jobs between 8 chains: {took:.2f} s; the chains made {len(jobs('chain-%'))} jobs\n")

    assert took < 15
    assert len(jobs("chain-%", "done")) == len(jobs("chain-%")) == len(effects("chain-%"))
    invariants.check()


def test_q8_nobody_dies_of_a_kind_that_kills_every_worker(cluster: Cluster, ground: Path) -> None:
    """Of 20 deadly jobs a few are tried, then the kind is quarantined; the 20 harmless ones beside them are all done.

    Nobody else is charged with a death of theirs, and 30 s after the quarantine all workers are up.
    """
    eventually(cluster.is_up, PATIENCE)
    before, began = sum(master.starts for master in cluster.masters), time.monotonic()
    for number in range(20):
        actors.crash.send(name=f"deadly-{number}")
        actors.nap.send(name=f"beside-{number}", seconds=0.05)
    eventually(_quarantined, 2 * PATIENCE)
    sys.stdout.write(f"quarantined after {time.monotonic() - began:.2f} s, ")
    eventually(lambda: len(jobs("beside-%", "done")) == 20, PATIENCE)
    sys.stdout.write(f"harmless ones done after {time.monotonic() - began:.2f} s, ")
    eventually(cluster.is_up, 30)
    deaths = sum(master.starts for master in cluster.masters) - before
    sys.stdout.write(f"{deaths} deaths\n")

    assert all(len(notes(ground, "start", f"deadly-{number}")) <= CHANCES for number in range(20))
    assert "available" in {job.state for job in jobs("deadly-%")}
    invariants.check()


def _quarantined() -> list[str]:
    with transaction() as conn:
        return ledger.quarantined(conn)


def _unfinished(name: str) -> bool:
    return any(job.state in {"available", "running"} for job in jobs(name))
