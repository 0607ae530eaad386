"""How a test asks a pipeline for its work, and reads that everything in it happened once."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows, worker_of
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

HISTORY = ["asked", "written", "spoken", "filmed"]
_ASK = "INSERT INTO requests VALUES (:name, 'asked', ARRAY['asked'])"


def ask(name: str) -> None:
    """Ask the pipeline for its work on one request, in one transaction."""
    with transaction():
        rows(_ASK, name=name)
        actors.write.send(name=name)


def begin_on(pid: int, what: str, folder: Path) -> str:
    """Send jobs that wait until this process has begun one, and let go of those the others have; returns its name."""
    for number in count():
        name = f"{what}-{number}"
        actors.hold.send(name=name)
        eventually(lambda name=name: notes(folder, "start", name), PATIENCE)  # type: ignore[misc]
        if worker_of(name).pid == pid:
            return name
        (folder / f"go-{name}").touch()
    raise AssertionError("count() has no end")


def is_done(name: str, count: int = 1) -> bool:
    """Tell whether that many requests are filmed, and no job of theirs is left."""
    [(filmed,)] = rows("SELECT count(*) FROM requests WHERE name LIKE :name AND status = 'filmed'", name=name)
    return int(filmed) == count and len(jobs(name, "done")) == 3 * count


def assert_once(name: str, count: int = 1) -> None:
    """Assert that each status was passed once, each effect written once, and nothing else was left behind."""
    histories = rows("SELECT history FROM requests WHERE name LIKE :name", name=name)
    written = effects(f"{name}:%")
    assert [HISTORY] * count == [row.history for row in histories]
    assert 3 * count == len(written) == len(set(written))
    assert 3 * count == len(jobs(name))
