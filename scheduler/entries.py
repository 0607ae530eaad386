"""THE table of recurring jobs: add a line here, and every scheduler knows it at its next start.

Each nominal time of an entry gives one job or a row that says why not, however many schedulers run; README.md says
what the words for missed ticks, overlap and clock changes mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Missed = Literal["latest", "none", "all"]
Overlap = Literal["skip", "queue", "cancel"]
ClockChange = Literal["once", "skip", "both"]


@dataclass(frozen=True)
class Entry:
    """A recurring job: its key, when it is due (cron(8), in `zone`), the actor that does it, and what it is for.

    `missed` says which of several undecided ticks still run: the latest, none, or all, of those that are no older
    than `window_hours` and no more than `most`. `overlap` says what a tick does whose last job is unfinished.
    """

    key: str
    cron: str
    actor: str
    purpose: str
    zone: str = "UTC"
    args: dict[str, Any] = field(default_factory=dict)
    missed: Missed = "latest"
    most: int = 24
    window_hours: float = 25
    overlap: Overlap = "skip"
    clock_change: ClockChange = "once"


ENTRIES = (
    Entry(
        "content.sweep_stuck",
        "* * * * *",
        "content.sweep_stuck",
        "takes up requests that stand longer in a stage than it may last",
    ),
    Entry(
        "content.retry_failed",
        "* * * * *",
        "content.retry_failed",
        "tries failed requests again, minutes after they failed",
    ),
    Entry(
        "content.expire_clarifications",
        "* * * * *",
        "content.expire_clarifications",
        "gives up on questions that no student answered",
    ),
    Entry("upkeep.tidy_storage", "@hourly", "upkeep.tidy_storage", "removes the parts of files whose writers died"),
)
