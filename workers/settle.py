"""Records the outcome of an attempt; no other module changes the state of a job that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import structlog
from dramatiq.errors import BrokerConnectionError

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, Unreachable, transaction
from bellwork.db.ledger import LostLease
from bellwork.db.outdated import through_migrations
from bellwork.db.wording import clean, message_of, words_of
from bellwork.workers.attempt import LedgerMessage
from bellwork.workers.fenced import count_fenced
from bellwork.workers.history import made_partition
from bellwork.workers.outbox import announce, insert
from bellwork.workers.outcome import (
    UNDECIDED_DELAY,
    Dead,
    Done,
    Permanent,
    Released,
    Settled,
    Snoozed,
    TryAgain,
    described,
    noted,
    outcome_of,
)
from bellwork.workers.retry_options import retry_options

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from bellwork.workers.attempt import Attempt
    from bellwork.workers.engine import Engine
    from bellwork.workers.outcome import Outcome

log = structlog.get_logger("bellwork.settle")

#: Seconds until it is tried again where PostgreSQL is away for a moment; after that Dramatiq asks every 5 s.
_AGAIN = (0.1, 0.3, 0.6, 1.0, 1.0)
#: The error of a job whose attempt ended in a way that could not be recorded.
UNRECORDED = "the attempt ended, and how it ended could not be recorded; the worker's log says why"
#: Seconds between tries to write the row of a job that nothing can be recorded for.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


def settle(broker: Engine, attempt: Attempt) -> bool:
    """Record an attempt's outcome; True where that is still to come (a batched finish).

    Whatever cannot be recorded is recorded as a failure that counts and is tried again; a job whose row cannot be
    written at all stays this thread's, for as long as the process takes jobs. Raises BrokerConnectionError where
    PostgreSQL cannot be reached: Dramatiq asks again until it can.
    """
    try:
        outcome = outcome_of(attempt)
    except BaseException as failure:  # noqa: BLE001 - an exception of any make must not keep its own job running
        outcome = unrecorded(attempt, failure)
    match outcome:
        case Settled():
            if isinstance(attempt.error, LostLease):
                count_fenced([attempt])
            return False
        case Done() if not attempt.sent_at_end:
            broker.finisher.add(attempt)
            return True
        case _:
            _write_down(broker, attempt, outcome)
    return False


def mark_dead(broker: Engine, attempt: Attempt, reason: str, error: dict[str, Any] | None = None) -> None:
    """Record a job as dead in one transaction with its on_dead hook; without it where it fails, and the reason says so.

    Other authors' middleware hears of it as of any rejected message: a caller that waits for its result is told.
    """
    _write_down(broker, attempt, Dead(reason, error))
    if broker.is_watched():
        message = LedgerMessage(attempt)
        message.fail()
        message.stuff_exception(Permanent(reason))
        broker.acknowledge(message)
        message.clear_exception()


def record(conn: Connection, broker: Engine, attempt: Attempt, outcome: Outcome, *, with_on_dead: bool = True) -> None:
    """Write one outcome into an open transaction; an attempt that lost its lease writes nothing."""
    match outcome:
        case Settled():
            return
        case Done():
            if not ledger.finish(conn, [attempt.held]):
                raise LostLease
            insert(attempt.sent_at_end)
        case TryAgain(delay, error, bare):
            options = {} if bare else retry_options(attempt, error)
            if ledger.retry(conn, attempt.held, delay, error, options):
                insert(attempt.sent_at_end)
                _announce(attempt, delay)
        case Snoozed(delay, why, waits_for):
            ledger.snooze(conn, attempt.held, delay, why, waits_for)
            _announce(attempt, delay)
        case Released():
            ledger.release(conn, [attempt.held])
        case Dead(reason, error):
            ledger.mark_dead(conn, attempt.held, reason, error)
            on_dead = broker.get_actor(attempt.actor).options.get("on_dead")
            if with_on_dead and on_dead is not None:
                on_dead(conn, attempt.job.args, reason)
            insert(attempt.sent_at_end)
        case _:
            assert_never(outcome)


def _announce(attempt: Attempt, delay: float) -> None:
    """Ring after the commit for a job that is due again at once; in the due set it has the place that it had."""
    if delay <= 0:
        job = attempt.job
        announce([ledger.Due(job.id, job.queue, job.priority, job.run_at)])


def without_on_dead(attempt: Attempt, outcome: Outcome, failure: BaseException) -> Outcome:
    """Return the outcome to record after on_dead, or the jobs sent for a failure, could not be: it says so."""
    log.error("on_dead failed", job=attempt.id, actor=attempt.actor, exc_info=failure)
    attempt.sent_at_end.clear()
    if isinstance(outcome, Done):
        return Dead(clean(f"what comes next could not be sent: {words_of(failure)}"), described(attempt, failure))
    if not isinstance(outcome, Dead):
        return outcome
    return Dead(clean(f"{outcome.reason} (and its on_dead failed: {words_of(failure)})"), outcome.error)


def unrecorded(attempt: Attempt, failure: BaseException) -> TryAgain:
    """Return what to record where the attempt's own outcome cannot be: it fits any job, and it counts.

    No option is added: they may be what the row has no room for.
    """
    log.error("its end cannot be recorded", job=attempt.id, actor=attempt.actor, error=words_of(failure))
    return TryAgain(UNDECIDED_DELAY, noted(attempt, UNRECORDED, ""), bare=True)


def _write_down(broker: Engine, attempt: Attempt, outcome: Outcome) -> None:
    try:
        _in_transaction(broker, attempt, outcome)
    except BrokerConnectionError:
        raise
    except BaseException as failure:  # noqa: BLE001 - on_dead is the actor author's code and may raise anything
        reduced = without_on_dead(attempt, outcome, failure)
    else:
        return None
    if isinstance(outcome, Done):
        return _write_down(broker, attempt, reduced)
    try:
        _in_transaction(broker, attempt, reduced, with_on_dead=False)
    except BrokerConnectionError:
        raise
    except BaseException as failure:  # noqa: BLE001 - the job must not run again uncounted, whatever this is
        _insist(broker, attempt, unrecorded(attempt, failure))


def _insist(broker: Engine, attempt: Attempt, outcome: TryAgain) -> None:
    """Try again, ever more rarely, until the outcome is recorded or the process takes no more jobs."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return _in_transaction(broker, attempt, outcome, with_on_dead=False)
        except BrokerConnectionError:
            raise
        except BaseException as failure:
            if broker.capacity.closed:
                raise
            if pause == _FIRST_PAUSE:
                log.warning("its row cannot be written; it is kept here", job=attempt.id, error=words_of(failure))
            broker.capacity.rest(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


@through_migrations
def _in_transaction(broker: Engine, attempt: Attempt, outcome: Outcome, *, with_on_dead: bool = True) -> None:
    """Record an outcome; raises BrokerConnectionError where PostgreSQL is away, and what on_dead raises."""
    patience = iter(_AGAIN)
    answered = False
    while True:
        try:
            with transaction() as conn:
                record(conn, broker, attempt, outcome, with_on_dead=with_on_dead)
        except LostLease:
            count_fenced([attempt])
        except Unreachable as error:
            pause = next(patience, None)
            if pause is not None:
                broker.capacity.rest(pause)
                continue
            # A lock or a time-out that only on_dead meets looks the same; PostgreSQL answers before and after it.
            if not with_on_dead or not _answers():
                raise BrokerConnectionError(message_of(error)) from error
            if answered:
                raise
            answered = True
            continue
        except DatabaseError as error:
            if next(patience, None) is None or not made_partition(error):
                raise
            continue
        return


def _answers() -> bool:
    try:
        with transaction() as conn:
            ledger.clock(conn)
    except DatabaseError:
        return False
    return True
