"""Partitions: whether writes will find theirs, and whether any is stopped on its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.partitions import PartitionState, first_hole, horizon, partitions, strays
from bellwork.db.systems import partitioned
from bellwork.ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.partitions import Hole, Partition, Stray
    from bellwork.db.vocabulary import PartitionedTable


def check_partitions(conn: Connection) -> list[Finding]:
    """Check how far the partitions of each declared table reach, and those that are on their way out."""
    return [
        *(_horizon(table, horizon(conn, table), first_hole(conn, table)) for table in partitioned()),
        *_owners(strays(conn, partitioned())),
        _rotation([partition for table in partitioned() for partition in partitions(conn, table)]),
    ]


def _horizon(table: PartitionedTable, ahead: int | None, hole: Hole | None) -> Finding:
    name = f"partitions of {table.schema}.{table.table}"
    if ahead is None:
        said = f"not partitioned here (an adopted table); `bellwork partitions convert {table.name}` can change that"
        return Finding("ok", name, said)
    if ahead < 0:
        said = f"there is none for this {table.step}: writes fail"
        return Finding(
            "fail", name, said, "`bellwork partitions rotate` makes it; then start `python -m bellwork.scheduler`"
        )
    said = f"{ahead} ahead of this {table.step}"
    if hole is None or not (hole.is_near or hole.ends):
        return Finding("ok", name, said)
    until = f" to {hole.ends:%Y-%m-%d %H:%M}" if hole.ends else ""
    said += f"; writes fail from {hole.starts:%Y-%m-%d %H:%M} UTC on{until}"
    return Finding(
        "warn", name, said, "start `python -m bellwork.scheduler`, which makes them, or `bellwork partitions rotate`"
    )


def _owners(found: list[Stray]) -> list[Finding]:
    """Name partitions that a migration by their table's owner would fail at; say nothing where there is none."""
    if not found:
        return []
    first = found[0]
    said = (
        f"{len(found)} belong to another role than their table, so that a migration fails: {first.table}: {first.owner}"
    )
    mend = " ".join(f"{stray.mend};" for stray in found)
    return [Finding("warn", "owners of partitions", said, f"as their owner, a member of the table's: {mend}")]


def _rotation(known: list[Partition]) -> Finding:
    stopped = [partition for partition in known if partition.error]
    if not stopped:
        return Finding("ok", "rotation", f"no partition is stopped on its way out; {_archives(known)}")
    first = stopped[0]
    said = f"{len(stopped)} stopped on the way out, nothing is lost: {first.name}: {first.error}"
    return Finding("warn", "rotation", said, "mend that; the next rotation goes on, or `bellwork partitions rotate`")


def _archives(known: list[Partition]) -> str:
    archived = [partition for partition in known if partition.state == PartitionState.DROPPED and partition.url]
    if not archived:
        return "none is archived yet"
    last = max((partition.drilled_at for partition in archived if partition.drilled_at), default=None)
    tried = f"the last one put back as a trial on {last:%Y-%m-%d}" if last else "none put back as a trial yet"
    return f"{len(archived)} archived, {tried}"
