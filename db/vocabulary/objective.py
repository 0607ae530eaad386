"""What a kind of jobs promises those who wait: so large a share of them is done so soon after it was due."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Objective:
    """A share of an actor's jobs, above 0 and below 1, is done within so many seconds.

    Seconds count from when a job was due to the transaction in which it ended, waits between tries included; what dies
    has missed it, what is cancelled does not count. Raises ValueError for other numbers.
    """

    seconds: float
    share: float = 0.99

    def __post_init__(self) -> None:
        for name, most in (("seconds", float("inf")), ("share", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < most:
                below = " and below 1" if name == "share" else ""
                msg = f"an objective's {name} is {value!r}; give a number above 0{below}"
                raise ValueError(msg)
