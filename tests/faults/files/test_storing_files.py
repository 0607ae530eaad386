"""Files are whole or absent, whatever the disk does and whoever dies: the job is tried again until there is room."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.upkeep.tidy_storage import tidy_storage
from tests.faults import archivist, failpoints, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, workers
from tests.faults.small_volume import full, small_volume
from tests.helpers import eventually
from tests.ops.first_lines import first_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.faults.processes import Cluster

KEY = "kept/file"
#: What is said of a full disk, and seconds until it is.
NAMED, NOTICED = "The disk of STORAGE_URL takes no files: No space left on device", 10.0
POINTS = ("before_part", "after_part", "before_name", "after_name")


@contextmanager
def _read_only(place: Path) -> Iterator[None]:
    _remount(place, "ro")
    try:
        yield
    finally:
        _remount(place, "rw")


#: What may be wrong with a disk for a while.
TROUBLES: dict[str, Callable[[Path], AbstractContextManager[None]]] = {"full": full, "read-only": _read_only}


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("trouble", TROUBLES)
def test_f1_a_disk_that_takes_nothing_delays_the_job_and_tears_nothing(trouble: str, ground: Path) -> None:
    """While it lasts there is neither file nor part; soon after, the file is whole and the effect is there, once."""
    with small_volume(4) as place:
        with TROUBLES[trouble](place):
            _store(trouble, place, 2_000)
            eventually(lambda: jobs(trouble)[0].retries >= 2, PATIENCE)
            assert [] == [path for path in (place / "kept").rglob("*") if path.is_file()]
        began = time.monotonic()
        eventually(lambda: jobs(trouble, "done"), PATIENCE)
        sys.stdout.write(f"{trouble}: stored {time.monotonic() - began:.2f} s after it was mended\n")

        assert archivist.content(trouble, 2_000) == (place / KEY).read_bytes()
        assert [] == archivist.leftovers(place)
    assert [trouble] == effects(trouble)
    assert 0 == jobs(trouble)[0].crashes
    assert len(notes(ground, "start", trouble)) >= 3
    invariants.check()


@pytest.mark.usefixtures("cluster")
def test_f1_a_full_disk_is_what_operators_read_first(ground: Path) -> None:
    """Within ten seconds, by command and by page, whoever stores anything or nobody; and not after there is room."""
    storage = ground / "storage"
    storage.mkdir(exist_ok=True)
    with small_volume(4, storage), full(storage):
        began = time.monotonic()
        eventually(lambda: all(NAMED in line for line in first_lines()), NOTICED)
        sys.stdout.write(f"named after {time.monotonic() - began:.1f} s; ")
    eventually(lambda: not any(NAMED in line for line in first_lines()), PATIENCE)


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("point", POINTS)
def test_f1_no_space_at_any_step_is_one_more_try(point: str, ground: Path) -> None:
    """Before and after the part, before and after the name: the second attempt is done, and nothing is left over."""
    failpoints.order(ground, point, "enospc", KEY)
    _store(point, ground / point, 10)
    eventually(lambda: jobs(point, "done"), PATIENCE)

    assert [(1, 0)] == [(job.retries, job.crashes) for job in jobs(point)]
    assert archivist.content(point, 10) == (ground / point / KEY).read_bytes()
    assert [] == archivist.leftovers(ground / point)
    assert [point] == effects(point)


def test_f1_a_file_that_may_not_grow_is_not_kept_torn(cluster: Cluster, ground: Path) -> None:
    """A limit on the size of files (as a quota) breaks the write in its middle; lifted, the file is whole."""
    eventually(cluster.is_up, PATIENCE)
    for worker in workers():
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    _store("limited", ground / "limited", 2_000)
    eventually(lambda: jobs("limited")[0].retries >= 1, PATIENCE)
    seen = [path.name for path in (ground / "limited" / "kept").iterdir() if not path.name.endswith(".part")]
    for worker in workers():
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: jobs("limited", "done"), PATIENCE)

    assert [] == seen
    assert archivist.content("limited", 2_000) == (ground / "limited" / KEY).read_bytes()
    assert [] == archivist.leftovers(ground / "limited")


@pytest.mark.usefixtures("cluster")
def test_f3_two_workers_that_store_the_same_at_once_agree(ground: Path) -> None:
    """Both stand before the name with a finished part; one gives it, both are done, and no byte is of the other."""
    for _ in range(2):
        failpoints.order(ground, "before_name", "sleep 2", KEY)
    _store("one", ground / "shared", 500)
    _store("other", ground / "shared", 500)
    eventually(lambda: len(archivist.leftovers(ground / "shared")) == 2, PATIENCE)
    eventually(lambda: jobs("one", "done") and jobs("other", "done"), PATIENCE)

    stored = (ground / "shared" / KEY).read_bytes()
    assert stored in {archivist.content("one", 500), archivist.content("other", 500)}
    assert [] == archivist.leftovers(ground / "shared")
    assert [0, 0] == [job.retries for name in ("one", "other") for job in jobs(name)]
    invariants.check()


def test_f1_what_a_dead_writer_left_is_removed_after_an_hour(cluster: Cluster, ground: Path) -> None:
    """A kill -9 beside a finished part: another worker stores the file; the part goes after an hour, a younger not."""
    eventually(cluster.is_up, PATIENCE)
    place = ground / "storage"
    failpoints.order(ground, "after_part", "kill9", KEY)
    _store("killed", place, 10)
    eventually(lambda: jobs("killed", "done"), PATIENCE)
    [part] = archivist.leftovers(place)
    young = part.with_name("file#young.part")
    young.touch()
    os.utime(part, (time.time() - 3_700,) * 2)
    tidy_storage.send()
    eventually(lambda: not part.exists(), PATIENCE)

    assert [young] == archivist.leftovers(place)
    assert archivist.content("killed", 10) == (place / KEY).read_bytes()
    assert [(0, 2)] == [(job.retries, job.attempt) for job in jobs("killed")]
    invariants.check()


def _store(name: str, place: Path, kilobytes: int) -> None:
    archivist.store.send(name=name, url=f"file://{place}", key=KEY, kilobytes=kilobytes)


def _remount(place: Path, how: str) -> None:
    subprocess.run(["/bin/mount", "-o", f"remount,{how}", str(place)], check=True)
