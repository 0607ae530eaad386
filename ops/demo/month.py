"""The demo's second act: a month of the audit trail whose seven years are over leaves, by an entry of the calendar."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.content.seed import OLD_MONTH, load_old_month
from bellwork.db.engine import transaction
from bellwork.db.ledger import Hand
from bellwork.db.partitions import Partition, PartitionState, declared, partitions
from bellwork.ops import words
from bellwork.scheduler import operate

if TYPE_CHECKING:
    from bellwork.ops.processes import Processes

ENTRY, TABLE = "upkeep.rotate_partitions", "content.audit_logs"
#: Rows of the month; seconds between two looks, and until a month that has not left is called a failure.
ROWS, LOOK, PATIENCE = 20_000, 0.15, 60.0


@dataclass(frozen=True)
class Month:
    """What became of it, and in how many seconds."""

    partition: Partition | None
    seconds: float

    @property
    def ok(self) -> bool:
        """Tell whether it left, with every row in an archive that was read back."""
        return bool(self.partition and self.partition.state == PartitionState.DROPPED and self.partition.rows == ROWS)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        if not self.partition or not self.ok:
            found = f"{self.partition.state}, {self.partition.error}" if self.partition else "nobody took it up"
            return f"{OLD_MONTH} did not leave as it should: {found}"
        size = (self.partition.bytes or 0) / 1024
        rows = words.plural(ROWS, "row")
        return f"{OLD_MONTH}: {rows} archived in {size:.0f} KiB, read back, dropped, in {self.seconds:.1f} s."


def let_it_leave(processes: Processes) -> Month:
    """Put the month there, run the entry of the calendar by hand, and wait until the fleet is through with it."""
    began = time.monotonic()
    with transaction() as conn:
        load_old_month(conn, ROWS)
        operate.run(conn, ENTRY, Hand("demo", "to show how a month leaves"))
    while not (month := Month(_look(), time.monotonic() - began)).ok and month.seconds < PATIENCE:
        processes.tend(LOOK)
    return month


def _look() -> Partition | None:
    with transaction() as conn:
        return next((each for each in partitions(conn, declared(TABLE)) if each.name == OLD_MONTH), None)
