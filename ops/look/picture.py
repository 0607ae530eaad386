"""How everything stands at one moment, from the snapshot and a few short rows beside it; nothing is counted for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bellwork.db.snapshot import QueueSnapshot, Snapshot


@dataclass(frozen=True)
class Picture:
    """What is known; `snapshot` is None where no scheduler ever took one. Letters are None where nobody asked."""

    at: datetime
    snapshot: Snapshot | None
    redis: bool = True
    takes_writes: bool = True
    overdue: Sequence[str] = ()
    short_of_partitions: Sequence[str] = ()
    quarantined: Sequence[str] = ()
    mail_held_since: datetime | None = None
    mail_held_said: str = ""
    letters_unknown: int = 0
    letters_waiting: int = 0
    last_finished: datetime | None = None
    last_tick: datetime | None = None
    entries: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def queues(self) -> Sequence[QueueSnapshot]:
        """The queues of the snapshot."""
        return self.snapshot.queues if self.snapshot else ()

    def total(self, column: str) -> int:
        """Add up a column of the queues."""
        return sum(int(getattr(queue, column)) for queue in self.queues)
