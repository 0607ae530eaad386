"""How a producer places an order: its row and its first job in one transaction, by every way that callers have."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bellwork.db.engine import engine, transaction
from bellwork.db.queries.health import enqueue_by_name
from tests.soak.sql import order_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from sqlalchemy import Connection

    from tests.soak.work import Kind

#: `actor.send` in our own transaction, the same in a transaction of the caller's, and a caller who speaks only SQL.
WAYS = ("ours", "callers", "sql")


class TurnedBack(Exception):  # noqa: N818 - nothing is wrong: this order was to be rolled back
    """The order was rolled back, as was intended."""


@dataclass(frozen=True)
class Order:
    """What is placed: `luck` is how often a job may fail or wait, `later` its delay in seconds."""

    id: str
    kind: Kind
    way: str
    luck: int
    later: float

    @classmethod
    def draw(cls, dice: Random, order: str, kinds: Sequence[Kind]) -> Order:
        """Draw an order."""
        [kind] = dice.choices(kinds, [kind.weight for kind in kinds])
        way = dice.choice(WAYS)
        return cls(order, kind, way, dice.randrange(4), dice.uniform(0, kind.later))


def place(orders: list[Order], *, turn_back: bool = False) -> None:
    """Place the orders in one transaction; those that an earlier try placed already are left alone.

    Raises TurnedBack after everything was written where they are to be rolled back.
    """
    with _opened(orders[0].way) as conn:
        for order in orders:
            if order_rows.place(conn, order.id, order.kind.name):
                _enqueue(conn, order)
        _turn_back(turn_back)


def repeat(order: Order) -> str | None:
    """Enqueue the order's job once more, which must be no job while one with its key is unfinished.

    Returns what is wrong, if anything is. A job that came too late is rolled back: the order has been dealt with.
    """
    taken_twice = False
    with suppress(TurnedBack), transaction() as conn:
        _, is_new = enqueue_by_name(conn, _by_name(order))
        taken_twice = is_new and not order_rows.has_ended(conn, order.id)
        _turn_back(is_new)
    return f"a second job was accepted under the key of order {order.id}" if taken_twice else None


def _turn_back(wanted: bool) -> None:
    if wanted:
        raise TurnedBack


@contextmanager
def _opened(way: str) -> Iterator[Connection]:
    if way == "callers":
        with engine().connect() as conn, conn.begin(), transaction(conn):
            yield conn
    else:
        with transaction() as conn:
            yield conn


def _enqueue(conn: Connection, order: Order) -> None:
    if order.way == "sql":
        enqueue_by_name(conn, _by_name(order))
    else:
        order.kind.actor.send_with_options(
            kwargs={"order": order.id, "luck": order.luck}, delay=round(order.later * 1000), unique_key=order.id
        )


def _by_name(order: Order) -> dict[str, object]:
    args = f'{{"order": "{order.id}", "luck": {order.luck}}}'
    run_at = datetime.now(UTC) + timedelta(seconds=order.later) if order.later else None
    named = {"actor": order.kind.actor.actor_name, "queue": None, "priority": None, "unique_key": order.id}
    return {**named, "args": args, "run_at": run_at}
