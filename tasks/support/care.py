"""What the calendar, and each detection, sends for open interventions: each duty in small transactions of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.settings import settings
from bellwork.db.support import care as acts
from bellwork.tasks.support.letters import tell_people, write_to_silent
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

log = structlog.get_logger("bellwork.support")
#: Seconds of a run; the next one takes the rest.
BUDGET = 120.0
_DUTY: dict[str, Any] = {
    "callers": "internal",
    "queue_name": "support",
    "max_retries": 3,
    "min_backoff": 5_000,
    "time_limit": 300_000,
}


@actor(actor_name="support.assign", unique="waiting", **_DUTY)
def assign() -> None:
    """Assign trainers to pending interventions, and tell them; where nobody is free a row waits for the next sweep."""
    _again(acts.assign, "support.assign")
    _again(tell_people, "support.tell")
    with job.transaction():
        pass


@actor(actor_name="support.sweep", **_DUTY)
def sweep() -> None:
    """End what ended enrollments decide, assign, escalate what nobody acts on, and tell who is to know."""
    limits = acts.Limits(settings().support_zone)
    _again(acts.settle_ended, "support.settle")
    _again(acts.assign, "support.assign")
    _again(lambda conn: acts.escalate(conn, limits), "support.escalate")
    _again(tell_people, "support.tell")
    with job.transaction():
        pass


@actor(actor_name="support.check_effects", **_DUTY)
def check_effects() -> None:
    """Enter whether interventions helped, 7 and 14 days after they began; what did not goes to the course's owner."""
    _again(acts.check_effects, "support.check_effects")
    _again(tell_people, "support.tell")
    with job.transaction():
        pass


@actor(actor_name="support.write_to_silent", **_DUTY)
def write_to_silent_students() -> None:
    """Write to students who have done nothing for a week, once for each spell of it."""
    _again(write_to_silent, "support.silence")
    with job.transaction():
        pass


@actor(actor_name="support.prove", **_DUTY)
def prove() -> None:
    """Prove that flags equal open interventions, mend those that do not, and count the last 60 days."""
    mended = _again(acts.mend_flags, "support.flags")
    with job.transaction() as conn:
        acts.count_days(conn, settings().support_zone)
    if mended:
        log.warning("flags of enrollments were not those of their interventions", mended=mended)


def _again(duty: Callable[[Connection], int], name: str) -> int:
    """Do a duty in one transaction after the other, until there is nothing to do or the time is over."""
    budget, total = Budget(BUDGET), 0
    while not budget.is_spent:
        with transaction() as conn:
            done = duty(conn)
            reach("before_support_commit", name)
        reach("after_support_commit", name)
        total += done
        if not done:
            break
    return total
