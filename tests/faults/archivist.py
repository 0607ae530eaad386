"""A job that stores a file of some size, in a storage of the test's choice, and then writes one effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.tasks.providers.storage import open_storage
from tests.faults.actors import QUEUE, finish, note

if TYPE_CHECKING:
    from pathlib import Path


@dramatiq.actor(actor_name="faults.store", queue_name=QUEUE, min_backoff=100, max_backoff=300)
def store(name: str, url: str, key: str, kilobytes: int) -> None:
    """Store a file that says all over who wrote it; whoever comes second finds it there."""
    note("start", name)
    open_storage(url).put(key, content(name, kilobytes))
    finish(name)


def content(name: str, kilobytes: int) -> bytes:
    """Return what a job of this name stores."""
    return f"{name:>32}".encode() * 32 * kilobytes


def leftovers(folder: Path) -> list[Path]:
    """List the parts below a folder."""
    return sorted(folder.rglob("*.part"))
