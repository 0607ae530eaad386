"""Runs a sweep as a job: five minutes at a time, and after a pause it goes on where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bellwork.db.retention import Holder
from bellwork.db.vocabulary import RuleError
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.tasks.upkeep.sweeping.run import HeldElsewhere
from bellwork.workers import Permanent, Snooze, job

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.tasks.upkeep.sweeping.run import Run

log = structlog.get_logger("bellwork.retention")

#: Seconds: a run, and the pause before the next one where there was more than it could do.
BUDGET, PAUSE = 300.0, 60.0
#: For the actors. A run may be over its budget by one batch and one upload, and never by ten minutes.
LIMIT = 900_000


def as_job(sweep: Callable[[Holder, Budget], Run]) -> None:
    """Sweep within the budget; what is left, or held by somebody else, is a reason to come back, not a failure."""
    attempt = job.current()
    try:
        run = sweep(Holder(f"job {attempt.id}", attempt.number), Budget(BUDGET))
    except HeldElsewhere as elsewhere:
        raise Snooze(elsewhere.seconds, str(elsewhere)) from elsewhere
    except RuleError as refused:
        raise Permanent(str(refused)) from refused
    told = {"rule": run.lease.rule, "rows": run.rows, "archives": run.parcels, "batches": run.batches}
    log.info("swept", **told, longest_ms=round(run.longest * 1000), unfinished=run.unfinished, remarks=run.said)
    if run.unfinished:
        raise Snooze(PAUSE, f"{run.rows:,} rows taken in {BUDGET:g} s, and there are more")
