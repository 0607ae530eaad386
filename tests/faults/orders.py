"""How a test orders a kill at a point, and asks a pipeline for its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.engine import transaction
from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, jobs, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

#: Where a job's process can die; tests.faults.points knows how.
POINTS = ("before_claim", "after_claim", "in_provider", "before_commit", "during_commit", "after_commit")
HISTORY = ["asked", "written", "spoken", "filmed"]
_ASK = "INSERT INTO requests VALUES (:name, 'asked', ARRAY['asked'])"


def order_kill(folder: Path, point: str, actor: str) -> None:
    """Let the first process that comes by the point with this actor die there."""
    (folder / "killed").unlink(missing_ok=True)
    (folder / "order").write_text(f"{point} {actor}")
    (folder / "order").rename(folder / "kill")


def killed_at(folder: Path) -> float:
    """Wait until the order was carried out and return when that was, in seconds of the system's clock."""
    eventually((folder / "killed").exists, PATIENCE)
    return (folder / "killed").stat().st_ctime


def ask(name: str) -> None:
    """Ask the pipeline for its work on one request, in one transaction."""
    with transaction():
        rows(_ASK, name=name)
        actors.write.send(name=name)


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
