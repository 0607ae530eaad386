"""`tasks` in WORK_MODULES: the built-in work of an older environment, or a package of the application's own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.workers.work_modules import meant_by
from tests.ops.command import ROOT, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that an application starts in, first on the way."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *(place for place in sys.path if place != str(ROOT))])
    yield tmp_path
    sys.modules.pop("tasks", None)


@pytest.mark.parametrize("name", ["tasks", "tasks.content"])
@pytest.mark.usefixtures("folder")
def test_the_built_in_work_answers_to_its_old_name(name: str) -> None:
    """Where no other package has that name, an environment of an older release goes on."""
    assert f"bellwork.{name}" == meant_by(name)


def test_our_own_folder_is_no_package_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout `tasks` is found at the root, which is the built-in work and is not imported by that name."""
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])

    assert "bellwork.tasks" == meant_by("tasks")


@pytest.mark.parametrize("name", ["tasks", "tasks.content", "tasks.grading"])
def test_an_applications_own_package_is_its_own(folder: Path, name: str) -> None:
    """Its modules are imported by the names it gave them, whatever ours were once called."""
    (folder / "tasks").mkdir()
    (folder / "tasks" / "__init__.py").touch()

    assert name == meant_by(name)


def test_a_folder_that_is_no_regular_package_has_its_modules(folder: Path) -> None:
    """One without __init__.py declares no work by itself."""
    (folder / "tasks").mkdir()
    (folder / "tasks" / "grading.py").touch()

    assert ("bellwork.tasks", "bellwork.tasks.content", "tasks.grading") == tuple(
        meant_by(name) for name in ("tasks", "tasks.content", "tasks.grading")
    )


@pytest.mark.parametrize("name", ["taskset", "our.tasks", "bellwork.tasks"])
def test_other_names_mean_what_they_say(name: str) -> None:
    """Nothing but the old name is translated."""
    assert name == meant_by(name)


@pytest.mark.usefixtures("redis_url")
def test_a_worker_says_how_it_read_the_old_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It declares the built-in actors and warns, with the name to write instead."""
    monkeypatch.setenv("WORK_MODULES", "tasks")
    (tmp_path / "look.py").write_text("from bellwork.workers.main import broker; print(sorted(broker.actors))")
    done = run("look", cwd=tmp_path)

    assert "content.understand" in done.stdout, done.stderr
    assert "taken_as=bellwork.tasks" in done.stdout + done.stderr


def test_what_stands_aside_is_loaded_by_whoever_needs_it() -> None:
    """A worker knows the actors of upkeep, and has no Arrow in its memory until it archives."""
    asked = (
        "import sys; from bellwork.workers.actors import load_actors; load_actors();"
        "from bellwork.workers.broker import broker;"
        "print('upkeep.rotate_partitions' in broker.actors, 'pyarrow' in sys.modules)"
    )
    nowhere = {"DATABASE_URL": "postgresql:///nowhere", "REDIS_URL": "redis://127.0.0.1:1/0"}
    environment = {**os.environ, **nowhere, "BELLWORK_SYSTEMS": "none", "BELLWORK_WORK_MODULES": ""}
    told = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)

    assert "True False" == told.stdout.strip().splitlines()[-1]
