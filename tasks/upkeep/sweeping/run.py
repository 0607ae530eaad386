"""A run of one rule: held by one sweeper, in batches of about 100 ms, within its time; the next run goes on."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.retention import SweepLeaseLost, acquire_lease, release_lease, renew_lease
from bellwork.db.wording import words_of
from bellwork.tasks.upkeep.sweeping.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.db.retention import Holder, SweepLease
    from bellwork.tasks.upkeep.sweeping.pace import Budget

    #: Called in the transaction in which a run begins.
    Begun = Callable[[Connection], None]

Answer = TypeVar("Answer")

#: How many remarks a run keeps in words.
_REMARKS = 5


class HeldElsewhere(Exception):  # noqa: N818 - it is no fault, and says where the work is done
    """Somebody else sweeps by this rule now; `seconds` is how long at most, should they have died."""

    def __init__(self, lease: SweepLease) -> None:
        self.seconds = lease.seconds or 1.0
        super().__init__(
            f"{lease.holder.name} sweeps by {lease.rule!r} now, or died less than {self.seconds:.0f} s ago"
        )


@dataclass
class Run:
    """What one run has done so far, and what it may do: `step` is one transaction, `may_go_on` asks the clock."""

    lease: SweepLease
    budget: Budget
    pace: Pace
    rows: int = 0
    batches: int = 0
    parcels: int = 0
    longest: float = 0.0
    unfinished: bool = False
    remarks: list[str] = field(default_factory=list)
    unsaid: int = 0

    def may_go_on(self) -> bool:
        """Tell whether another batch may begin; from the first `no` on, the run is unfinished."""
        self.unfinished = self.unfinished or self.budget.is_spent
        return not self.unfinished

    def step(self, take: Callable[[Connection, int], int]) -> int:
        """Take one batch in a transaction that proves its lease; returns how many rows were taken."""
        before = time.monotonic()
        with transaction() as conn:
            renew_lease(conn, self.lease)
            taken = take(conn, self.pace.size)
            reach("retention_batch", self.lease.rule)
        lasted = time.monotonic() - before
        self.pace.note(taken, lasted)
        self.rows, self.batches, self.longest = self.rows + taken, self.batches + 1, max(self.longest, lasted)
        self.budget.tell(self.rows)
        return taken

    def renewed(self, act: Callable[[Connection], Answer]) -> Answer:
        """Do a thing beside the batches in a transaction that proves its lease; returns its answer."""
        with transaction() as conn:
            renew_lease(conn, self.lease)
            return act(conn)

    def remark(self, reason: str) -> None:
        """Keep a reason why something stays as it is; of many, the first ones and their number."""
        if len(self.remarks) < _REMARKS:
            self.remarks.append(reason)
        else:
            self.unsaid += 1

    @property
    def said(self) -> str | None:
        """All remarks in one line; None where there are none."""
        more = [f"and {self.unsaid:,} more"] * bool(self.unsaid)
        return "; ".join([*self.remarks, *more]) or None


@contextmanager
def running(
    key: str, holder: Holder, budget: Budget, first: int = 500, *, begun: Begun = lambda _: None
) -> Iterator[Run]:
    """Hold the lease of a rule while its rows are swept; raises HeldElsewhere where another sweep holds it.

    `begun` is called in the transaction that acquires the lease: what it writes is there if the run has begun.
    """
    with transaction() as conn:
        lease = acquire_lease(conn, key, holder)
        if lease.seconds is not None:
            raise HeldElsewhere(lease)
        begun(conn)
    run = Run(lease, budget, Pace(first))
    try:
        yield run
    except SweepLeaseLost:
        raise
    except (Exception, KeyboardInterrupt) as failed:
        _release(run, words_of(failed))
        raise
    _release(run, run.said)


def _release(run: Run, error: str | None) -> None:
    with transaction() as conn:
        release_lease(conn, run.lease, rows=run.rows, unfinished=run.unfinished, error=error)
