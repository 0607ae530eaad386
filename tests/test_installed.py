"""What is built from a fresh clone holds one top-level name, and works beside an application that has ours of old."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FLOORS = ("db", "workers", "tasks", "scheduler", "ops")
PATIENCE = 60.0
_BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"
#: An application that was there first: its packages are called db, tasks and workers.
_APPLICATION = {
    "db/__init__.py": "TABLE = 'public.grades'",
    "workers/__init__.py": "GRADE = 'A'",
    "tasks/__init__.py": """
import dramatiq
from bellwork.workers import job
from db import TABLE
from workers import GRADE

@dramatiq.actor(actor_name="own.grade", queue_name="own")
def grade():
    with job.transaction() as conn:
        conn.exec_driver_sql(f"CREATE TABLE {TABLE} AS SELECT '{GRADE}' AS grade")
""",
}
_SEND = (
    "SELECT bellwork.enqueue('own.grade', queue => 'own'), bellwork.enqueue('upkeep.tidy_storage', queue => 'upkeep')"
)
_DONE = "SELECT actor FROM bellwork.finished_jobs WHERE state = 'done'"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A wheel from a clone, and one from the sdist of that clone: a stale build/ holds yesterday's names."""
    place = tmp_path_factory.mktemp("built")
    clone = place / "clone"
    cloned = subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], capture_output=True, check=False)  # noqa: S607
    if cloned.returncode:
        pytest.skip(f"there is nothing to clone here: {cloned.stderr.decode()}")
    wheel = _build("wheel", clone, place / "wheels")
    sdist = _build("sdist", clone, place / "sdist")
    # tarfile's own filter came with Python 3.11.4.
    subprocess.run(["tar", "-x", "-C", str(place), "-f", str(sdist)], check=True)  # noqa: S607
    return wheel, _build("wheel", place / sdist.name.removesuffix(".tar.gz"), place / "again")


def _build(kind: str, source: Path, into: Path) -> Path:
    into.mkdir()
    command = [sys.executable, "-c", _BUILD, f"build_{kind}", str(into)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return into / done.stdout.splitlines()[-1]


def _names(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_one_name_is_installed(built: tuple[Path, Path]) -> None:
    """No db, tasks or workers of ours; every file of the floors is there, those that are no Python, too."""
    names = _names(built[0])
    files = subprocess.run(["git", "-C", str(ROOT), "ls-files", *FLOORS], capture_output=True, text=True, check=True)  # noqa: S607

    tops = {name.partition("/")[0] for name in names}
    assert {"bellwork"} == {top for top in tops if not top.endswith(".dist-info")}
    assert {f"bellwork/{name}" for name in files.stdout.splitlines()} <= names
    assert {"bellwork/__init__.py", "bellwork/py.typed"} <= names


def test_what_breaks_things_on_purpose_is_not_installed(built: tuple[Path, Path]) -> None:
    """The soak, its work and its proxies are tests."""
    assert [] == sorted(name for name in _names(built[0]) if "soak" in name or "proxy" in name or "tests/" in name)


def test_the_sdist_builds_the_same(built: tuple[Path, Path]) -> None:
    """It has no links in it: an archive of another kind than git's may lose them."""
    assert _names(built[0]) == _names(built[1])


def test_an_application_keeps_its_own_packages(built: tuple[Path, Path], redis_url: str, tmp_path: Path) -> None:
    """Its folder comes first on the way: one worker runs its actor, which imports its own db and workers, and ours."""
    del redis_url
    site, app = tmp_path / "site", tmp_path / "app"
    zipfile.ZipFile(built[1]).extractall(site)
    for name, text in _APPLICATION.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    # -S: what an editable install of a checkout brings to this Python is left out.
    python = [sys.executable, "-S", "-m"]
    way = os.pathsep.join([str(app), str(site), sysconfig.get_path("purelib")])
    env = {**os.environ, "PYTHONPATH": way, "WORK_MODULES": "tasks,bellwork.tasks"}
    commands = [["dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", "2"], ["bellwork.scheduler"]]
    with _running([[*python, *words] for words in commands], app, env) as log:
        assert _rows(_SEND)
        eventually(lambda: {"own.grade", "upkeep.tidy_storage"} <= {row[0] for row in _rows(_DONE)}, PATIENCE)
        eventually(lambda: "scheduler runs" in log.read_text(), PATIENCE)
    assert [("A",)] == _rows("SELECT grade FROM public.grades")
    seen = subprocess.run(
        [*python, "bellwork.ops.cli", "jobs", "list"], cwd=app, env=env, capture_output=True, check=False
    )
    assert 0 == seen.returncode, seen.stderr


@contextmanager
def _running(commands: list[list[str]], folder: Path, env: dict[str, str]) -> Iterator[Path]:
    log = folder / "log"
    with log.open("ab") as out:
        started = [subprocess.Popen(each, cwd=folder, env=env, stdout=out, stderr=out) for each in commands]
    try:
        yield log
    finally:
        sys.stdout.write(log.read_text())
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE)


def _rows(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(os.environ["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as conn:
        return conn.execute(statement.encode()).fetchall()
