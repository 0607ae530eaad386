"""How far the longest step of a conversion is, asked of PostgreSQL beside it: the index that is being built."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from bellwork.db import quick
from bellwork.db.engine import DatabaseError
from bellwork.db.partitions.convert import building
from bellwork.ops.cli.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.vocabulary import PartitionedTable

#: Seconds between two looks.
PAUSE = 0.5


@contextmanager
def watched(table: PartitionedTable) -> Iterator[None]:
    """Tell of the table's index while it is built inside of the block."""
    ended = Event()
    watcher = Thread(target=_watch, args=(table, ended), name="convert progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _watch(table: PartitionedTable, ended: Event) -> None:
    """Look until it has ended, or until PostgreSQL cannot be asked: the conversion itself says what is wrong then."""
    try:
        with quick.session() as driver:
            _tell(driver, table, ended)
    except DatabaseError:
        return


def _tell(driver: quick.Driver, table: PartitionedTable, ended: Event) -> None:
    phase, progress = "", Progress("block", "read")
    while not ended.wait(PAUSE):
        if found := building(driver, table):
            if found[0] != phase:
                progress.clear()
                phase, progress = found[0], Progress("block", "read", found[2])
            progress.tell(found[1], phase)
    progress.clear()
