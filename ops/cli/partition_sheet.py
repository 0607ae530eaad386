"""Partitions as tables and sentences: what stands, what is on its way out, what is archived, and what comes next."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ops.cli import output

if TYPE_CHECKING:
    from datetime import datetime

    from db.partitions import Partition, Partitioned

_INTERNAL = ("namespace", "take", "digest", "due_at", "seen_at", "leaves_by")
_STEPS = {
    "attached": "leaves: its time is over",
    "detaching": "is being detached",
    "detached": "is out of its table",
    "exported": "is archived, not yet verified",
    "verified": "is archived and verified, not yet dropped",
}


def as_data(partition: Partition) -> dict[str, Any]:
    """Return a partition as plain data."""
    data = {name: value for name, value in asdict(partition).items() if name not in _INTERNAL}
    return {**data, "leaves_at": partition.due_at, "leaves_by": partition.leaves_by}


def print_list(table: Partitioned, found: list[Partition], ahead: int | None) -> None:
    """Print the partitions of one table, under a line about the table."""
    output.say(f"{table.name}: {_rule(table)}; {_reach(table, ahead)}")
    columns = ["partition", "from", "to", "state", "rows", "leaves", "remark"]
    rows = [
        [
            partition.name,
            _day(partition.starts),
            _day(partition.ends),
            partition.state,
            "-" if partition.rows is None else f"{partition.rows:,}",
            "-" if partition.state == "dropped" else _day(partition.due_at),
            remark(partition),
        ]
        for partition in found
    ]
    if rows:
        output.table(columns, rows, right=["rows"])
    output.say("")


def remark(partition: Partition) -> str:
    """Say what there is to say about a partition: who holds it, what stopped it, where its archive is."""
    said = []
    if partition.held_by:
        said.append(f"held by {partition.held_by}: {partition.held_why}")
    if partition.error:
        said.append(f"stopped {output.moment(partition.failed_at)}: {partition.error}")
    if partition.state == "dropped":
        said.append(f"archived in {partition.url}" if partition.url else "not archived, as declared")
    return "; ".join(said)


def print_plan(table: Partitioned, missing: list[str], found: list[Partition]) -> None:
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
    stopped = f" (stopped {output.moment(partition.failed_at)}: {partition.error})" if partition.error else ""
    return f"; {how}{stopped}"


def _rule(table: Partitioned) -> str:
    if table.kept is None:
        return f"by the {table.step}, kept for ever"
    then = "archived and dropped" if table.then == "archive" else "dropped"
    return f"by the {table.step}, kept for {output.plural(table.kept, table.step)}, then {then}"


def _reach(table: Partitioned, ahead: int | None) -> str:
    if ahead is None:
        return f"not partitioned here; `bellwork partitions convert {table.name}` changes that"
    if ahead < 0:
        return "there is none for now: writes fail"
    return f"{output.plural(ahead, table.step)} ahead"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "open"
