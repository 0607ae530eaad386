"""What dead writers left in the storage is removed after an hour, by a job of the calendar."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.entries import ENTRIES
from bellwork.tasks.upkeep.tidy_storage import tidy_storage
from bellwork.workers.testing import run_inline

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("database")
def test_only_what_was_left_alone_for_an_hour_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of an hour ago is removed; one of a minute ago and whole files of any age stay."""
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}")
    forget()
    storage().put("videos/key.mp4", b"film")
    for name, age in {"key.mp4": 90_000, "key.mp4#a.part": 3_700, "key.mp4#b.part": 60}.items():
        (tmp_path / "videos" / name).touch()
        os.utime(tmp_path / "videos" / name, (time.time() - age,) * 2)
    job = run_inline(tidy_storage)

    assert "done" == job["state"]
    assert ["key.mp4", "key.mp4#b.part"] == sorted(path.name for path in (tmp_path / "videos").iterdir())


def test_the_calendar_sends_it() -> None:
    """Each hour."""
    assert ["@hourly"] == [entry.cron for entry in ENTRIES if entry.actor == tidy_storage.actor_name]
