"""Takes a file into the table of rows, a few thousand a commit, and has the database say which are refused."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.content.lists import judge, report, stage
from bellwork.db.content.lists import run as runs
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.content.lists.fault import FileRefused
from bellwork.tasks.content.lists.source import opened
from bellwork.tasks.content.retention.uploads import upload_key
from bellwork.tasks.providers import MissingObjectError, StorageError, storage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from bellwork.db.content.lists.run import Order
    from bellwork.tasks.content.lists.source import Source

#: Rows that are read between two commits.
_MANY = 5_000


class Missing(RuntimeError):  # noqa: N818 - named for what is missing
    """Rows that were read are no longer there: the server crashed, and the list is read again."""


class Taken(NamedTuple):
    """A list whose rows are in the table: how many they are, and whether the file enrolls people in classes."""

    order: Order
    rows: int
    enrolled: bool

    def require(self, conn: Connection) -> int:
        """Return how many rows are refused; raises Missing where some are not there any more."""
        rows, refused = report.count_rows(conn, self.order)
        if rows != self.rows:
            raise Missing("rows that were read are gone, as after a crash of the server: the list is read again")
        return refused


def take(order: Order) -> Taken:
    """Read a list's file to its end; raises FileRefused, with the reason for whoever handed it in."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        _fetch(order.file_path, path)
        with opened(path, order.school_names) as source:
            with commit(order, "reading", processed=0) as conn:
                _describe(conn, order, source)
            rows = 0
            for part in _parts(source.people):
                rows += len(part)
                with commit(order, "reading", processed=rows) as conn:
                    stage.stage_people(conn, order.upload_id, part)
                reach("after_rows", order.upload_id)
            for part in _parts(source.facts):
                with commit(order, "reading") as conn:
                    stage.stage_facts(conn, order.upload_id, part)
            return Taken(order, rows, source.has_enrollments)


def refuse(taken: Taken) -> None:
    """Refuse the rows that cannot be done, and note how many rows there are."""
    order = taken.order
    reach("before_judging", order.upload_id)
    with commit(order, "judging") as conn:
        taken.require(conn)
        judge.judge(conn, order)
        runs.note_rows(conn, order, taken.rows)
        for name, people in judge.unknown_classes(conn, order):
            runs.add_warning(conn, order, f"the file enrolls {people:,} in {name!r}, which is no class of the school")


@contextmanager
def commit(
    order: Order, step: str, *, processed: int | None = None, written: int | None = None
) -> Iterator[Connection]:
    """Commit what is written inside if this attempt still has the list; raises Cancelled or Superseded."""
    with transaction() as conn:
        runs.take_time(conn)
        runs.go_on(conn, order, step, processed=processed, written=written)
        yield conn


def _fetch(path: str, to: Path) -> None:
    try:
        key = upload_key(path)
    except StorageError as refused:
        raise FileRefused(str(refused)) from refused
    try:
        storage().fetch(key, to)
    except MissingObjectError as missing:
        raise FileRefused("the file is not in the storage; store it before its upload is entered") from missing


def _describe(conn: Connection, order: Order, source: Source) -> None:
    runs.describe(conn, order, source.header.format, source.encoding, source.spoken_delimiter, source.warnings)


def _parts(rows: Iterable[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    left = iter(rows)
    while part := list(islice(left, _MANY)):
        yield part
