"""Partitions as tables and sentences: what stands, what is on its way out, what is archived, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.look.partitions import day, reach, remark, rule

if TYPE_CHECKING:
    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable

_STEPS = {
    "attached": "leaves: its time is over",
    "detaching": "is being detached",
    "detached": "is out of its table",
    "exported": "is archived, not yet verified",
    "verified": "is archived and verified, not yet dropped",
}


def print_list(table: PartitionedTable, found: list[Partition], ahead: int | None) -> None:
    """Print the partitions of one table, under a line about the table."""
    output.say(f"{table.name}: {rule(table)}; {reach(table, ahead)}")
    columns = ["partition", "from", "to", "state", "rows", "leaves", "remark"]
    rows = [
        [
            partition.name,
            day(partition.starts),
            day(partition.ends),
            partition.state,
            "-" if partition.rows is None else f"{partition.rows:,}",
            "-" if partition.state == "dropped" else day(partition.due_at),
            remark(partition),
        ]
        for partition in found
    ]
    if rows:
        output.table(columns, rows, right=["rows"])
    output.say("")


def print_plan(table: PartitionedTable, missing: list[str], found: list[Partition]) -> None:
    """Print what a rotation would do now with one table."""
    lines = [f"create {name}" for name in missing]
    lines += [
        f"{partition.name} {_STEPS[partition.state]}{_end(partition)}" for partition in found if _moves(partition)
    ]
    lines += [
        f"{partition.name} would leave, but is {remark(partition)}" for partition in found if _is_held_back(partition)
    ]
    output.say(f"{table.name}: {'nothing to do' if not lines else ''}".rstrip())
    for line in lines:
        output.say(f"  {line}")


def _moves(partition: Partition) -> bool:
    return partition.is_leaving


def _is_held_back(partition: Partition) -> bool:
    over = partition.due_at is not None and partition.due_at <= partition.seen_at
    return bool(partition.held_by) and partition.state != "dropped" and over and not partition.is_leaving


def _end(partition: Partition) -> str:
    how = "to be archived, verified and dropped" if partition.leaves_by == "archive" else "to be dropped"
    stopped = f" (stopped {words.moment(partition.failed_at)}: {partition.error})" if partition.error else ""
    return f"; {how}{stopped}"
