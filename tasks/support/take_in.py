"""Takes in what other systems know of learners: a page in a transaction, and nothing breaks where a source is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bellwork.db.engine import DatabaseError, Unreachable, transaction
from bellwork.db.failpoints import reach
from bellwork.db.settings import settings
from bellwork.db.support import source
from bellwork.db.support.erase import erase
from bellwork.db.support.source.compare import left
from bellwork.db.systems import schemas
from bellwork.db.wording import words_of
from bellwork.tasks.letters import forget_person
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from bellwork.db.support.source import Page, Step

log = structlog.get_logger("bellwork.support")
#: Rows of a page; seconds of a run, and of one that compares: the next one goes on.
PAGE, BUDGET, WHOLE_BUDGET = 20_000, 120.0, 1_500.0


@actor(
    actor_name="support.take_in",
    callers="internal",
    queue_name="support",
    max_retries=0,
    time_limit=1_800_000,
)
def take_in(*, whole: bool = False) -> None:
    """Take in what changed in the systems that SUPPORT_SOURCE names; with `whole` everything, deletions too.

    A system that is away, or not as it was, is told of by `bellwork status`, and its rows come when it is back.
    """
    if settings().support_source is None:
        with job.transaction():
            return
    budget = Budget(WHOLE_BUDGET if whole else BUDGET)
    away: set[str] = set()
    for step in source.STEPS:
        # What a step needs, the steps before it have brought.
        if step.source not in away and not (_is_installed(step) and _step(step, budget, whole=whole)):
            away.add(step.source)
    if whole and not budget.is_spent:
        _compare({each.source for each in source.STEPS} - away)
    with job.transaction():
        pass


def _is_installed(step: Step) -> bool:
    """Tell whether a system can be read at all; the one that SUPPORT_SOURCE names is missed, any other is not."""
    return step.source in schemas() or step.source == settings().support_source


def _step(step: Step, budget: Budget, *, whole: bool) -> bool:
    """Take in a step's pages; False where its source cannot be read."""
    try:
        with transaction() as conn:
            begun = source.begin(conn, step.name, step.overlap, whole=whole)
        last: Page | None = None
        while not budget.is_spent:
            with transaction() as conn:
                page = source.take(conn, step, begun.since, last, PAGE)
                source.look_at(conn, page.enrollments)
                done = page.read < PAGE
                # In order of their moments: what lies before the last row of a page has been seen.
                seen = page.at or (last.at if last else None)
                if not whole or done:
                    source.end(conn, step.name, begun.began if done else seen, begun.began, whole=whole and done)
                reach("before_take_in_commit", step.name)
            if done:
                return True
            last = page
    except Unreachable:
        raise
    except DatabaseError as error:
        said = words_of(error)
        log.warning("a source of support cannot be read", step=step.name, source=step.source, reason=said)
        with transaction() as conn:
            source.note_away(conn, step.name, said)
        return False
    return True


def _compare(systems: set[str]) -> None:
    for each in sorted(systems):
        try:
            with transaction() as conn:
                source.look_at(conn, source.compare(conn, each))
        except Unreachable:
            raise
        except DatabaseError as error:
            log.warning("a source of support cannot be compared", source=each, reason=words_of(error))
    if "courses" in systems:
        with transaction() as conn:
            gone = left(conn)
        for person in gone:
            with transaction() as conn:
                erase(conn, str(person))
                forget_person(conn, "support", str(person))
