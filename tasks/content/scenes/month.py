"""A month of the audit trail whose seven years are over leaves, by a tick of the calendar that nobody was there for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bellwork.db.content.seed import OLD_MONTH, load_old_month
from bellwork.db.engine import transaction
from bellwork.db.ledger import list_ticks
from bellwork.db.partitions import PartitionState, declared, partitions
from bellwork.db.vocabulary.exhibit import Figures, Text
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.providers import storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Place

ENTRY, TABLE = "upkeep.rotate_partitions", "content.audit_logs"
#: Rows of the month.
ROWS = 20_000


class Month:
    """What is known of it: its row in the registry of partitions, and the tick that sent the job."""

    def __init__(self) -> None:
        self.partition: Partition | None = None
        self.tick: dict[str, Any] = {}

    def begin(self, place: Place) -> None:
        """Put the month there, and let last night's tick be due, as if all had been down."""
        with transaction() as conn:
            load_old_month(conn, ROWS)
        place.miss_tick(ENTRY)

    def line(self) -> Line:
        """Tell how far it has come; once it is through, nothing is asked any more."""
        if not (self.left and self.done):
            self._look()
        status = self.partition.state if self.partition else "waits for the calendar"
        return Line("month", f"{OLD_MONTH}, of last night's rotation", status, over=self.left and self.done)

    def _look(self) -> None:
        with transaction() as conn:
            found = partitions(conn, declared(TABLE))
            self.tick = next(iter(list_ticks(conn, ENTRY, 1)), {})
        self.partition = next((each for each in found if each.name == OLD_MONTH), None)

    @property
    def left(self) -> bool:
        """Tell whether it is gone, and every row is in an archive."""
        return bool(self.partition and self.partition.state == PartitionState.DROPPED and self.partition.rows == ROWS)

    @property
    def done(self) -> bool:
        """Tell whether the job of the tick is done."""
        return self.tick.get("outcome") == "enqueued" and self.tick.get("job_state") == "done"

    def checks(self) -> Sequence[Check]:
        """Check that the calendar caught up, and that nothing was dropped before it was archived and read back."""
        found = self.partition
        state = (f"{found.state}, {found.rows} rows" + (f": {found.error}" if found.error else "")) if found else ""
        tick = f"{self.tick.get('outcome', 'no tick')}, {self.tick.get('reason')}"
        read_back = bool(found and found.verified_at and found.manifest_url)
        return [
            Check("Last night's rotation, which nobody was there for, was caught up and is done.", self.done, tick),
            Check(f"{OLD_MONTH} was dropped after {ROWS:,} rows had been archived.", self.left, state),
            Check("Its archive was read back before that, and has a manifest.", read_back),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Bring what the registry says of it, and the manifest."""
        found = self.partition
        if found is None or found.manifest_url is None:
            return []
        facts = {
            "partition": found.name,
            "state": found.state,
            "rows": f"{found.rows or 0:,}",
            "archive": f"{(found.bytes or 0) / 1024:.0f} KiB of Parquet",
            "SHA-256": found.sha256 or "",
            "read back": f"{found.verified_at:%Y-%m-%d %H:%M:%S}Z" if found.verified_at else "never",
        }
        manifest = json.loads(storage().get(storage().key_of(found.manifest_url)))
        return [
            Figures("The month that left", ("what", "as the registry has it"), tuple(facts.items())),
            Text("The month's manifest", json.dumps(manifest, indent=2), "lies beside the archive in the storage"),
        ]
