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


#: A quarter's tick is worth running weeks later.
_QUARTERLY = 31 * 24

ENTRIES = (
    Entry(
        "content.sweep_stuck", "* * * * *", "content.sweep_stuck", "takes up requests that stand too long in a stage"
    ),
    Entry("content.retry_failed", "* * * * *", "content.retry_failed", "tries failed requests again, minutes later"),
    Entry(
        "content.expire_clarifications",
        "* * * * *",
        "content.expire_clarifications",
        "gives up on questions that no student answered",
    ),
    Entry("content.clear_reset_tokens", "7 * * * *", "content.clear_reset_tokens", "clears reset tokens that ran out"),
    Entry("content.archive_requests", "23 3 * * *", "content.archive_requests", "archives requests of 90 days ago"),
    Entry("content.archive_feedback", "41 3 * * *", "content.archive_feedback", "archives feedback of two years ago"),
    Entry("content.end_contracts", "11 4 * * *", "content.end_contracts", "tells of contracts that end, and ends them"),
    Entry("content.remove_uploads", "29 4 * * *", "content.remove_uploads", "removes uploaded files of a week ago"),
    Entry("upkeep.tidy_storage", "@hourly", "upkeep.tidy_storage", "removes the parts of files whose writers died"),
    Entry("upkeep.tidy_tables", "53 4 * * *", "upkeep.tidy_tables", "removes dead rows and renews statistics"),
    Entry(
        "upkeep.rotate_partitions",
        "17 2 * * *",
        "upkeep.rotate_partitions",
        "makes partitions ahead of their time, archives and drops old ones",
    ),
    Entry(
        "upkeep.drill_archive",
        "37 5 1 1,4,7,10 *",
        "upkeep.drill_archive",
        "puts an archived partition back as a trial, each quarter",
        window_hours=_QUARTERLY,
    ),
)
