"""How everything stands at one moment: what whoever looks, by command or by page, comes to a verdict about.

It is read from the snapshot and a few short rows beside it. Nothing here loads more than a driver.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.db.budgeted import list_budgets
from bellwork.db.snapshot import latest
from bellwork.db.snapshot.objectives import Burning, burning
from bellwork.db.snapshot.signs import any_due, no_room, overdue_entries, round_trip, signs
from bellwork.db.snapshot.tenants import Heaviest, heaviest_tenants
from bellwork.ops.look.late import is_late

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bellwork.db.budgeted import Budget
    from bellwork.db.quick import Driver
    from bellwork.db.snapshot import QueueSnapshot, Snapshot
    from bellwork.db.troubles import Trouble

#: A tick that is due for so many seconds, and not decided, means that no scheduler decides it.
OVERDUE = 10.0
#: Late queues that are asked for their tenants.
_ASKED = 10


@dataclass(frozen=True)
class Picture:
    """What is known. `snapshot` is the last that a scheduler took, None where none ever did.

    `redis` says in words why Redis cannot be used, as the one who looks found it; None where it can. `overdue` has
    entries of the calendar with the tick that nobody decides. `counted` stands for the snapshot where that is none or
    too old, and somebody took the time to count: without rates, and with `dead_24h` of all queues. `no_room` is what
    PostgreSQL says of its full disk, `round_trip` the seconds in which it answers. `troubles` are providers that are
    left alone or busy, and disks of workers that take nothing, as Redis has them. `heaviest` has of late queues the
    tenant for whom most of what comes next is.
    """

    at: datetime
    snapshot: Snapshot | None
    redis: str | None = None
    takes_writes: bool = True
    no_room: str | None = None
    round_trip: float = 0.0
    workers: int = 0
    silent_workers: int = 0
    silent_since: datetime | None = None
    any_due: bool = False
    overdue: Mapping[str, datetime] = field(default_factory=dict)
    last_finished: datetime | None = None
    last_tick: datetime | None = None
    entries: int = 0
    counted: Snapshot | None = None
    dead_24h: int = 0
    troubles: Sequence[Trouble] = ()
    budgets: Sequence[Budget] = ()
    burning: Sequence[Burning] = ()
    heaviest: Mapping[str, Heaviest] = field(default_factory=dict)

    @property
    def is_fresh(self) -> bool:
        """Whether the snapshot can be believed, and holds all that is looked for."""
        return self.snapshot is not None and not self.snapshot.is_stale and self.snapshot.around is not None

    @property
    def figures(self) -> Snapshot | None:
        """What there is of figures: those that were counted, else the snapshot's, however old it is."""
        return self.counted or self.snapshot

    @property
    def queues(self) -> Sequence[QueueSnapshot]:
        """The queues, as far as they are known."""
        return self.figures.queues if self.figures else ()

    @property
    def around(self) -> dict[str, Any]:
        """What else is amiss (`bellwork.db.snapshot.around.look_around`); nothing where no scheduler looked."""
        nothing: dict[str, Any] = {
            "quarantined": [],
            "short_of_partitions": [],
            "letters": {},
            "mail_hold": None,
            "reconciled": [],
            "webhooks": [],
            "concerns": [],
            "ground": {},
        }
        return nothing | ((self.figures and self.figures.around) or {})

    def total(self, column: str) -> int:
        """Add up a column of the queues."""
        return sum(int(getattr(queue, column)) for queue in self.queues)


def heaviest_of(driver: Driver, queues: Sequence[QueueSnapshot]) -> dict[str, Heaviest]:
    """Return for whom most of what comes next is, of the late queues, the latest ones if there are many."""
    late = sorted(filter(is_late, queues), key=lambda each: -each.oldest_ready_seconds)
    return heaviest_tenants(driver, [each.queue for each in late[:_ASKED]])


def look(driver: Driver, redis: str | None, troubles: Sequence[Trouble] = ()) -> Picture:
    """Return how everything stands, by one who found Redis and its notes so; raises what PostgreSQL raises."""
    snapshot, found = latest(driver), signs(driver)
    is_fresh = snapshot is not None and not snapshot.is_stale
    due = any(queue.ready for queue in snapshot.queues) if is_fresh and snapshot else any_due(driver)
    return Picture(
        at=datetime.now(UTC),
        snapshot=snapshot,
        redis=redis,
        any_due=due,
        overdue=overdue_entries(driver, OVERDUE),
        no_room=no_room(driver),
        round_trip=round_trip(driver),
        troubles=troubles,
        budgets=list_budgets(driver),
        burning=burning(driver),
        heaviest=heaviest_of(driver, snapshot.queues) if is_fresh and snapshot else {},
        **found._asdict(),
    )
