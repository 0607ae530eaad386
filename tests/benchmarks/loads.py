"""What a contestant is given to do: every load is a list of calls of the same three jobs, whoever runs them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: How often a row is advanced before it is through, each time by a job of its own.
STAGES = {"advance": 1, "stages": 6}
LOADS = ("nothing", *STAGES)

#: A call is the name of a job and its positional arguments.
Calls = tuple[str, list[tuple[float, ...]]]


def calls(load: str, count: int) -> Calls:
    """Name the job and list the arguments: `nothing(number)`, or `advance(row, stage, stages)` for rows from 0."""
    if load == "nothing":
        return "nothing", [(number,) for number in range(count)]
    return "advance", [(row, 0, STAGES[load]) for row in range(count)]


def jobs(load: str, count: int) -> int:
    """Say how many jobs come of `count` calls."""
    return count * STAGES.get(load, 1)


def paced(send: Callable[[str, list[tuple[float, ...]]], None], first: int, count: int, apart: float) -> None:
    """Send `pick_up(number, sent)` count times, every `apart` seconds, on time whatever the sends cost."""
    begin = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, begin + number * apart - time.monotonic()))
        send("pick_up", [(first + number, time.time())])
