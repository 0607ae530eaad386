"""One counted step: the effect, the order's new status and the end of the job are one commit, or none of them is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bellwork.workers import job
from tests.soak.sql import order_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

LONG, SHORT = "soak", "soak_short"
#: Options of actors that end well: nothing that the nemesis does may use up their tries.
PATIENT: dict[str, Any] = {"max_retries": 1_000, "min_backoff": 100, "max_backoff": 1_000, "callers": "internal"}


@contextmanager
def step(order: str, before: str, after: str) -> Iterator[Connection]:
    """Move the order on, and finish the running job with what is sent inside."""
    with job.transaction() as conn:
        attempt = job.current()
        order_rows.advance(conn, order, before, after, attempt.id, attempt.number)
        yield conn


def end(order: str) -> None:
    """Take the one step of an order that has one."""
    with step(order, "ordered", "done"):
        pass


def on_dead(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Take the last step of an order whose job is dead: for `on_dead`."""
    del reason
    order_rows.advance(conn, args["order"], "ordered", "dead", None)
