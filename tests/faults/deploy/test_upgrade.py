"""Workers of an old release go on under today's migrations and beside today's workers: nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger, revision
from bellwork.db.engine import transaction
from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.entries import calendar
from tests.conftest import _fresh
from tests.faults import ground as tables
from tests.faults import invariants, upgrading
from tests.faults.ground import PATIENCE, effects, jobs, rows
from tests.faults.processes import ROOT, Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack
    from tests.faults.processes import Kept

#: The last commit whose migrations end at revision 0007; its floors are packages of their own: workers, ops.
OLD = "154e549c1c6066d00945f4c7f22e9fd14c9b6f6e"
MODULE = "upgraded"
#: Jobs of each kind that wait, run, come in while the schema is migrated, or come in after that.
EACH = 20
_ENQUEUE = """
SELECT bellwork.enqueue(:actor, jsonb_build_object('name', :name || '-' || n), queue => :queue,
                        run_at => now() + make_interval(secs => :delay))
FROM generate_series(1, :jobs) n
"""
_HOLD = "SELECT bellwork.enqueue('faults.up_long', '{\"name\": \"running\", \"wait\": true}', queue => 'upgrading')"
_DECIDED = "SELECT FROM bellwork.ticks WHERE entry = :key AND decided_by LIKE :by"
_NEW = CalendarEntry("upkeep.new_duty", "0 0 1 1 *", "upkeep.new_duty", "is known to today's release alone")
_DEAD = "SELECT id FROM bellwork.finished_jobs WHERE state = 'dead'"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old release, taken out of the history."""
    place = tmp_path_factory.mktemp("old")
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", OLD], capture_output=True, check=False)  # noqa: S607
    if archive.returncode:
        pytest.skip(f"this clone does not have commit {OLD[:7]}: git fetch --unshallow")
    # tarfile's own filter came with Python 3.11.4.
    subprocess.run(["tar", "-x", "-C", str(place)], input=archive.stdout, check=True)  # noqa: S607
    return place


@pytest.fixture(scope="module")
def ground(stack: Stack, old: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database that the old release has migrated, and a folder with the actors."""
    folder = tmp_path_factory.mktemp("upgrade")
    shutil.copy(upgrading.__file__, folder / f"{MODULE}.py")
    with contextmanager(_fresh)(stack, "template1"):
        _migrate(old, "")
        assert "0007" == revision.current()
        tables.create()
        yield folder


def test_an_upgrade_under_running_workers_loses_nothing(ground: Path, old: Path) -> None:
    """Waiting, running and dead jobs of revision 0007 each have one effect in the end, after one retry at most."""
    places = _places(old, ground)
    with Cluster(ground, package="", modules=MODULE, processes=1, scheduler=True, settings=places) as before:
        _send("warm")
        _send("dead", "faults.up_dead", upgrading.QUEUE)
        for _ in range(4):
            rows(_HOLD)
        eventually(lambda: len(jobs("warm-%", "done")) == 2 * EACH and len(jobs("dead-%", "dead")) == EACH, PATIENCE)
        eventually(lambda: len(jobs("running", "running")) == 4, PATIENCE)
        _send("waiting", delay=6)
        migrated = Event()
        sender = Thread(target=_send_until, args=(migrated,))
        sender.start()
        try:
            _migrate(ROOT)
        finally:
            migrated.set()
            sender.join()
        assert revision.is_current()
        assert 2 == len(rows("SELECT FROM bellwork.workers WHERE master_id IS NULL")), "these are not the old workers"
        _send("to-the-old")
        eventually(lambda: len(jobs("to-the-old-%", "done")) == 2 * EACH, PATIENCE)
        with Cluster(ground, modules=MODULE, masters=1, processes=1, settings=_places(ROOT, ground)) as after:
            _send("to-both")
            (ground / "go").touch()
            (ground / "mended").touch()
            with transaction() as conn:
                ledger.retry_finished(conn, [row.id for row in rows(_DEAD)])
            eventually(lambda: {"done"} == {job.state for job in jobs("%")}, PATIENCE)
            assert [1] * 4 == [kept.starts for kept in before.kept + after.kept]
        _calendar_goes_on(before.kept[-1])

    done = jobs("%")
    assert {0, 1} >= {job.retries for job in done}
    assert {0} == {job.crashes for job in done}
    assert sorted(job.name for job in done) == effects("%")
    invariants.check()


def _calendar_goes_on(scheduler: Kept) -> None:
    """Assert that an old scheduler decides what is due, and leaves alone what today's declares, also when it starts."""
    synchronise({**calendar(), "upkeep": [*calendar()["upkeep"], _NEW]})
    for key in ("upkeep.tidy_tables", "upkeep.rotate_partitions"):
        rows("UPDATE bellwork.entries SET next_tick = now() WHERE key = :key", key=key)
        eventually(lambda key=key: rows(_DECIDED, key=key, by=f"%:{scheduler.process.pid}"), PATIENCE)  # type: ignore[misc]
        if scheduler.starts == 1:
            scheduler.process.terminate()
            eventually(lambda: scheduler.starts == 2, PATIENCE)
    assert [] == rows("SELECT key FROM bellwork.entries WHERE retired_at IS NOT NULL")


def _places(release: Path, folder: Path) -> dict[str, str]:
    return {"PYTHONPATH": f"{release}{os.pathsep}{folder}"}


def _migrate(release: Path, package: str = "bellwork.") -> None:
    command = [sys.executable, "-m", f"{package}ops.cli", "migrate"]
    subprocess.run(command, cwd=release, env={**os.environ, "PYTHONPATH": str(release)}, check=True, timeout=60)


def _send(name: str, *kinds: str, delay: float = 0, jobs: int = EACH) -> None:
    lanes = [kinds] if kinds else [("faults.up_long", upgrading.QUEUE), ("faults.up_short", upgrading.SHORT)]
    for actor, queue in lanes:
        rows(_ENQUEUE, actor=actor, queue=queue, name=name, delay=delay, jobs=jobs)


def _send_until(migrated: Event) -> None:
    number = 0
    while not migrated.wait(0.05):
        number += 1
        _send(f"meanwhile-{number}", jobs=1)
