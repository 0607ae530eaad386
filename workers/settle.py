"""Writes down what became of an attempt; nobody else changes the state of a job that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import structlog
from dramatiq.errors import BrokerConnectionError

from db import ledger
from db.engine import Unreachable, transaction
from db.ledger import LostLease
from workers.outcome import Dead, Done, Released, Settled, Snoozed, TryAgain, outcome_of, printable

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from workers.attempt import Attempt
    from workers.broker import LedgerBroker
    from workers.outcome import Outcome

log = structlog.get_logger("bellwork.settle")

#: Seconds until it is tried again where PostgreSQL is away for a moment; after that Dramatiq asks every 5 s.
_AGAIN = (0.1, 0.3, 0.6, 1.0, 1.0)


def settle(broker: LedgerBroker, attempt: Attempt) -> bool:
    """Record an attempt's outcome; True where that is still to come (a batched finish).

    Raises BrokerConnectionError where PostgreSQL cannot be reached: Dramatiq asks again until it can.
    """
    match outcome_of(attempt):
        case Settled():
            return False
        case Done():
            broker.finisher.add(attempt)
            return True
        case outcome:
            _write_down(broker, attempt, outcome)
    return False


def bury(broker: LedgerBroker, attempt: Attempt, reason: str, error: dict[str, Any] | None = None) -> None:
    """Record a job as dead together with its actor's last rites; if those fail, without them, and say so."""
    _write_down(broker, attempt, Dead(reason, error))


def record(conn: Connection, broker: LedgerBroker, attempt: Attempt, outcome: Outcome, *, rites: bool = True) -> None:
    """Write one outcome into an open transaction; an attempt that lost its lease writes nothing."""
    match outcome:
        case Done() | Settled():
            return
        case TryAgain(delay, error):
            if ledger.retry(conn, attempt.held, delay, error) and attempt.farewells:
                ledger.enqueue(conn, attempt.farewells)
        case Snoozed(delay):
            ledger.snooze(conn, attempt.held, delay)
        case Released():
            ledger.release(conn, [attempt.held])
        case Dead(reason, error):
            ledger.bury(conn, attempt.held, reason, error)
            on_dead = broker.get_actor(attempt.actor).options.get("on_dead")
            if rites and on_dead is not None:
                on_dead(conn, attempt.job.args, reason)
            if attempt.farewells:
                ledger.enqueue(conn, attempt.farewells)
        case _:
            assert_never(outcome)


def without_rites(attempt: Attempt, outcome: Outcome, failure: Exception) -> Outcome:
    """Return the outcome to record after on_dead, or the jobs sent for a failure, could not be: it says so."""
    log.error("last rites failed", job=attempt.id, actor=attempt.actor, exc_info=failure)
    attempt.farewells.clear()
    if not isinstance(outcome, Dead):
        return outcome
    reason = f"{outcome.reason} (and its on_dead failed: {type(failure).__name__}: {failure})"
    return Dead(printable(reason), outcome.error)


def _write_down(broker: LedgerBroker, attempt: Attempt, outcome: Outcome) -> None:
    try:
        _in_transaction(broker, attempt, outcome)
    except BrokerConnectionError:
        raise
    except Exception as failure:  # noqa: BLE001 - the rites are the actor author's code and may raise anything
        _in_transaction(broker, attempt, without_rites(attempt, outcome, failure), rites=False)


def _in_transaction(broker: LedgerBroker, attempt: Attempt, outcome: Outcome, *, rites: bool = True) -> None:
    for patience in (*_AGAIN, None):
        try:
            with transaction() as conn:
                record(conn, broker, attempt, outcome, rites=rites)
        except LostLease:
            log.warning("fenced", job=attempt.id, actor=attempt.actor, attempt=attempt.number)
        except Unreachable as error:
            if patience is None:
                raise BrokerConnectionError(str(error)) from error
            broker.gate.rest(patience)
            continue
        return
