"""Blows from inside: orders to the failpoints of the real code, taken by whoever comes by first."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

from tests.soak.blows.blow import Blow

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from tests.soak.field import Field

POINTS = (
    "before_claim",
    "after_claim",
    "before_ack",
    "before_commit",
    "after_commit",
    "before_bell",
    "before_top_up",
    "before_beat",
)
#: What the calendar, the rotation and the retention pass: rarely, so an order may wait long.
SLOW_POINTS = (
    "before_tick",
    "before_tick_commit",
    "after_tick_commit",
    "partition_detach",
    "partition_finalize",
    "partition_export",
    "partition_upload",
    "partition_verify",
    "partition_mark",
    "partition_drop",
    "retention_parcel_begun",
    "retention_parcel_stored",
    "retention_parcel_verified",
    "retention_batch",
)
#: The second sleep is longer than the lease, the third than PostgreSQL lets a session idle in a transaction.
ACTIONS = (
    "kill9",
    "kill9",
    "kill9",
    "raise",
    "raise",
    "sleep 1",
    "sleep 5",
    "sleep 11",
    "gil 5",
    "stop",
    "segv",
    "term",
)
#: Seconds after which whoever stopped himself is woken.
FROZEN = 6.0


def order_failpoint(field: Field, dice: Random) -> Blow:
    """Order an action at a point that every job passes."""
    return _order(field, dice, POINTS)


def order_slow_failpoint(field: Field, dice: Random) -> Blow:
    """Order an action at a point of the calendar, the rotation or the retention."""
    return _order(field, dice, SLOW_POINTS)


def call_off(folder: Path) -> None:
    """Take back whatever nobody took."""
    for order in folder.iterdir():
        if order.suffix != ".taken":
            order.unlink(missing_ok=True)


def _order(field: Field, dice: Random, points: tuple[str, ...]) -> Blow:
    point, action = dice.choice(points), dice.choice(ACTIONS)
    _put(field.failpoints, point, action)
    words = f"the first who comes to {point}: {action}"
    if action != "stop":
        return Blow(words)
    return Blow(words, FROZEN, partial(field.fleet.signal_all, signal.SIGCONT))


def _put(folder: Path, point: str, action: str) -> None:
    """Let the order appear at once and whole, beside others for the same point."""
    number = len(list(folder.glob(f"{point}.*")))
    rough = folder / f".{point}"
    rough.write_text(action)
    rough.rename(folder / f"{point}.{number}")
