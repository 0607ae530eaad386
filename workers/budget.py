"""What the fleet may spend at a provider on a day: a job that finds nothing left waits for the next, uncounted.

    with budget.reserved("llm", calls=3):    # or Snooze, until the day turns
        with budget.call() as call:          # one of the three; a fourth is reserved by itself
            ...
            call.cost(sent=900, answered=310)

The counts are rows of PostgreSQL (`bellwork.db.ledger.budgets`); `bellwork budgets` sets and shows them.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING

import structlog

from bellwork.db.engine import DatabaseError, single_statements
from bellwork.db.ledger import budgets
from bellwork.workers.outcome import Snooze

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.db.ledger.budgets import Reservation

log = structlog.get_logger("bellwork.budget")

#: Seconds within which those that waited for the day come back, so that they do not all at once.
SPREAD = 60.0


class Call:
    """What one call has cost, as far as its answer tells; unless told, its estimate stands."""

    def __init__(self) -> None:
        self.told: tuple[int, int, Decimal | None] | None = None

    def cost(self, sent: int = 0, answered: int = 0, money: Decimal | float | None = None) -> None:
        """Say what it cost: tokens (of a voice: characters), and money where the answer names it; else by price."""
        told = None if money is None else max(Decimal(0), Decimal(str(money)))
        self.told = max(0, sent), max(0, answered), told

    def free(self) -> None:
        """Say that it cost nothing, for it was refused; it counts as a call all the same."""
        self.cost()


class Allowance:
    """Calls that were reserved for a piece of work; safe for its threads."""

    def __init__(self, provider: str, calls: int) -> None:
        self.provider = provider
        self._reservation = _reserve(provider, calls)
        self._left = calls
        self._lock = Lock()

    def take(self) -> Reservation:
        """Take one of them, or reserve one more; raises Snooze where nothing is left."""
        with self._lock:
            if self._left:
                self._left -= 1
                return self._reservation
        return _reserve(self.provider, 1)

    def end(self) -> None:
        """Give back what was not taken."""
        left, self._left = self._left, 0
        if left:
            _keep_on(lambda conn: budgets.give_back(conn, self._reservation, left), self.provider)


_held: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def reserved(provider: str, calls: int = 1) -> Iterator[None]:
    """Reserve calls of today's budget for a piece of work; those that are not made are given back.

    Raises Snooze, until the day (UTC) turns, where the budget has too little left for all of them. A provider without a
    budget is counted, and not limited. Threads find it by their context (`contextvars.copy_context`).
    """
    allowance = Allowance(provider, calls)
    token = _held.set(allowance)
    try:
        yield
    finally:
        _held.reset(token)
        allowance.end()


@contextmanager
def call() -> Iterator[Call]:
    """Make one call of what is reserved here, and settle what it cost; outside of `reserved` nothing is counted."""
    made, allowance = Call(), _held.get()
    of = allowance.take() if allowance else None
    try:
        yield made
    finally:
        if of is not None and (told := made.told):
            _keep_on(lambda conn: budgets.settle(conn, of, *told), of.provider)


def _reserve(provider: str, calls: int) -> Reservation:
    # By a connection of its own: what is spent must not be taken back with the job's transaction, nor the row kept
    # locked.
    with single_statements() as conn:
        if found := budgets.reserve(conn, provider, calls):
            return found
        budget = budgets.find_budget(conn, provider)
    if budget is None:
        raise Snooze(1, f"the budget of {provider!r} was changed meanwhile")
    spent = ", ".join(budget.shown(unit) for unit in budget.lacking(calls))
    wanted = f", too little for {calls} calls" if calls > 1 else ""
    wait = budget.left + SPREAD * random.random()  # noqa: S311 - it spreads, and hides nothing
    said = (
        f"today's budget of {provider!r} is spent ({spent}{wanted}); the next begins at {budget.until:%Y-%m-%d %H:%M}Z"
    )
    raise Snooze(wait, said, waits_for=budgets.waits_for(provider))


def _keep_on(act: Callable[[Connection], None], provider: str) -> None:
    """Settle, or let the reservation stand where that cannot be: too much counts as spent then, never too little."""
    try:
        with single_statements() as conn:
            act(conn)
    except DatabaseError as error:
        log.warning("what a call cost cannot be noted, its estimate stands", provider=provider, error=error)
