"""The one actor that sweeps by a rule of retention, whichever system's: the calendar sends it by the rule's times."""

from __future__ import annotations

from functools import partial

import dramatiq

from bellwork.db.systems import rules
from bellwork.tasks.upkeep.sweeping.as_job import LIMIT, as_job
from bellwork.tasks.upkeep.sweeping.sweep import sweep
from bellwork.workers import Permanent, Snooze, job

#: Seconds until a worker is looked for again that has the rule's system, and how often that is done.
PAUSE, TIMES = 60.0, 30


@dramatiq.actor(
    actor_name="upkeep.sweep",
    callers="internal",
    queue_name="upkeep",
    max_retries=5,
    min_backoff=60_000,
    time_limit=LIMIT,
)
def sweep_by_rule(rule: str) -> None:
    """Take away what is due by a rule; one that is not known here may be elsewhere, as in a rolling deploy."""
    known = rules()
    if rule not in known:
        if job.current().number > TIMES:
            raise Permanent(
                f"no worker that took this knows a rule {rule!r}; is its system installed where it is to run?"
            )
        raise Snooze(PAUSE, f"this worker knows no rule {rule!r}; one that has its system will take it")
    as_job(partial(sweep, known[rule]))
