"""Which claimed jobs can be run here: the others wait for workers of another release, or are marked dead, unrun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from dramatiq.middleware import Retries

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.settings import settings
from bellwork.workers.arguments import read_arguments
from bellwork.workers.declaration import NUMBERS
from bellwork.workers.outcome import noted
from bellwork.workers.pipelines import unkept
from bellwork.workers.settle import mark_dead
from bellwork.workers.signature import check_arguments

if TYPE_CHECKING:
    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt
    from bellwork.workers.engine import Engine

log = structlog.get_logger("bellwork.fitness")


def is_fit(broker: Engine, attempt: Attempt) -> bool:
    """Tell whether a claimed attempt may run; where not, its job was left to others or marked dead, unrun."""
    reason = _unfit(broker, attempt.job)
    if (
        reason is None
        and (reason := misfit(broker, attempt.actor, attempt.job.args))
        and _waits_for_fit(attempt, reason)
    ):
        return False
    if reason is None:
        return True
    mark_dead(broker, attempt, reason)
    return False


def misfit(broker: Engine, actor: str, args: dict[str, Any]) -> str | None:
    """Say why an actor of this process cannot be called with these arguments, not their values; None where it can."""
    known = broker.actors[actor]
    try:
        check_arguments(known.fn, args)
        read_arguments(known, args)
    except TypeError as error:
        return f"its arguments {_names(args)} do not fit {actor}: {error}"
    return None


def _unfit(broker: Engine, job: Claimed) -> str | None:
    if job.crashes >= settings().max_crashes:
        return f"the worker's process died {job.crashes} times while it ran"
    if job.lost >= ledger.MOST_LOST:
        return f"its worker vanished {job.lost} times while it ran, with all processes beside it"
    actor = broker.actors[job.actor]
    if job.options and (invalid := _invalid(job.options) or unkept(broker.middleware, job.options)):
        return invalid
    if not job.retries and "max_retries" not in job.options and "max_retries" not in actor.options:
        return None  # its first run, and nothing but the default to look for
    most = job.options.get("max_retries", actor.options.get("max_retries", _default_retries(broker)))
    if most is not None and "retry_when" not in actor.options and job.retries > most:
        return f"out of retries ({most})"
    return None


def _default_retries(broker: Engine) -> int | None:
    return next((m.max_retries for m in broker.middleware if isinstance(m, Retries)), 0)


def _waits_for_fit(attempt: Attempt, reason: str) -> bool:
    """Leave a job to workers of another release for some minutes; False where that time is over."""
    patience = settings().misfit_patience
    if not patience:
        return False
    with transaction() as conn:
        waits = ledger.wait_for_fit(conn, attempt.held, patience, noted(attempt, f"{reason}; {ledger.WAITS}", ""))
    if waits:
        log.warning("does not fit here, left to other workers", job=attempt.id, actor=attempt.actor, reason=reason)
    return waits


def _invalid(options: dict[str, Any]) -> str | None:
    wrong = [name for name in NUMBERS if not isinstance(options.get(name, 0), int | float | None)]
    return f"its options {_names(options)} cannot be used: {', '.join(wrong)} must be numbers" if wrong else None


def _names(values: dict[str, Any]) -> str:
    """Return the names alone, on a line of an operator's screen: values may be about people."""
    text = f"{{{', '.join(values)}}}"
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - what fits a line of an operator's screen
