"""The registry of partitions, the table `bellwork.partitions`: the state of each in its lifecycle, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.partitions.catalog import qualified
from bellwork.db.partitions.states import MOVES, PartitionState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PartitionedTable


#: What a hold does not stop: a detaching that has begun is brought to its end, for until then its rows are not seen.
_DESPITE_A_HOLD = frozenset({PartitionState.DETACHED, PartitionState.ATTACHED})
_FACTS = frozenset({"rows", "min_id", "max_id", "bytes", "sha256", "digest", "url", "manifest_url", "take"})

_FAILURE = text("""
UPDATE bellwork.partitions SET error = :error, failed_at = clock_timestamp()
WHERE parent = :parent AND name = :name
""")
_TESTED = text("""
UPDATE bellwork.partitions SET drilled_at = now(), error = NULL, failed_at = NULL
WHERE parent = :parent AND name = :name
""")


@dataclass(frozen=True)
class Partition:
    """A row of the registry, with the instant from which its partition may leave (None: it never does).

    `take` numbers its exports from 1: each has a key of its own in the storage.
    """

    parent: str
    name: str
    namespace: str
    starts: datetime | None
    ends: datetime | None
    leaves_by: str
    state: str
    take: int
    rows: int | None
    min_id: int | None
    max_id: int | None
    bytes: int | None
    sha256: str | None
    digest: str | None
    url: str | None
    manifest_url: str | None
    verified_at: datetime | None
    drilled_at: datetime | None
    held_by: str | None
    held_why: str | None
    held_at: datetime | None
    error: str | None
    failed_at: datetime | None
    at: datetime
    due_at: datetime | None
    seen_at: datetime

    @property
    def qualified(self) -> str:
        """The partition's quoted name, with its schema."""
        return qualified(self.namespace, self.name)

    @property
    def is_leaving(self) -> bool:
        """Whether a rotation has to do with it: it is on its way, or its time has come, and it is not held."""
        if self.state == PartitionState.DETACHING:
            return True
        if self.held_by or self.state == PartitionState.DROPPED:
            return False
        return self.state != PartitionState.ATTACHED or (self.due_at is not None and self.due_at <= self.seen_at)


_COLUMNS = ", ".join(column.name for column in fields(Partition) if column.name not in {"due_at", "seen_at"})
_ROWS = f"""
SELECT {_COLUMNS}, now() AS seen_at, CASE WHEN CAST(:keep AS integer) IS NOT NULL THEN greatest(
    (ends AT TIME ZONE 'UTC' + CAST(:keep AS integer) * CAST(:step AS interval)) AT TIME ZONE 'UTC',
    ends + CAST(:grace AS integer) * interval '24 hours') END AS due_at
FROM ({{source}}) p
WHERE parent = :parent ORDER BY starts NULLS FIRST, name
"""  # noqa: S608 - the names of our own columns


def partitions(
    conn: Connection,
    table: PartitionedTable,
    source: str = "SELECT * FROM bellwork.partitions",
    given: Mapping[str, Any] | None = None,
) -> list[Partition]:
    """List what the registry holds about a table, the oldest range first.

    `source`: another SELECT of rows like the registry's, and what it is given.
    """
    asked = {"parent": table.name, "keep": table.kept, "step": f"1 {table.step}", "grace": table.grace}
    found = conn.execute(text(_ROWS.format(source=source)), {**(given or {}), **asked})
    return [Partition(**row) for row in found.mappings()]


def read(conn: Connection, table: PartitionedTable, name: str) -> Partition | None:
    """Return the row of one partition, None if there is none."""
    return next((each for each in partitions(conn, table) if each.name == name), None)


def move(conn: Connection, partition: Partition, to: PartitionState, **facts: Any) -> bool:
    """Take a partition one step further, with what is known of it now; False where it is not where it was seen.

    A held partition goes no step nearer to its end. What went wrong before is forgotten.
    """
    MOVES.check(partition.state, to)
    if unknown := facts.keys() - _FACTS:
        raise TypeError(f"the registry of partitions has no column for {', '.join(sorted(unknown))}")
    held = "" if to in _DESPITE_A_HOLD else " AND held_by IS NULL"
    columns = "".join(f", {name} = :{name}" for name in facts)
    columns += ", verified_at = now()" if to == PartitionState.VERIFIED else ""
    asked = {"parent": partition.parent, "name": partition.name, "from": partition.state, "to": to, **facts}
    statement = (
        "UPDATE bellwork.partitions SET state = :to, error = NULL, failed_at = NULL, at = now()"  # noqa: S608 - our columns
        f"{columns} WHERE parent = :parent AND name = :name AND state = :from{held}"
    )
    moved = conn.execute(text(statement), asked)
    return moved.rowcount == 1


def record_failure(conn: Connection, partition: Partition, error: str) -> None:
    """Record what stopped a partition; the next rotation tries again."""
    conn.execute(_FAILURE, {"parent": partition.parent, "name": partition.name, "error": error[:1000]})


def restore_tested(conn: Connection, partition: Partition) -> None:
    """Record that the archive of a partition was read and put back as a trial just now."""
    conn.execute(_TESTED, {"parent": partition.parent, "name": partition.name})
