"""Partitions: whether writes will find theirs, and whether any is stopped on its way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.partitions import DECLARED, FEW, PartitionState, horizon, partitions
from ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.partitions import Partition, Partitioned


def check_partitions(conn: Connection) -> list[Finding]:
    """Check how far the partitions of each declared table reach, and those that are on their way out."""
    found = {table: (horizon(conn, table), partitions(conn, table)) for table in DECLARED}
    return [
        *(_horizon(table, ahead) for table, (ahead, _) in found.items()),
        _rotation([partition for _, rows in found.values() for partition in rows]),
    ]


def _horizon(table: Partitioned, ahead: int | None) -> Finding:
    name = f"partitions of {table.schema}.{table.table}"
    if ahead is None:
        said = f"not partitioned here (an adopted table); `bellwork partitions convert {table.name}` can change that"
        return Finding("ok", name, said)
    if ahead < 0:
        said = f"there is none for this {table.step}: writes fail"
        return Finding("fail", name, said, "`bellwork partitions rotate` makes it; then start `python -m scheduler`")
    said = f"{ahead} ahead of this {table.step}"
    if ahead >= FEW:
        return Finding("ok", name, said)
    return Finding("warn", name, said, "start `python -m scheduler`, which makes them, or `bellwork partitions rotate`")


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
