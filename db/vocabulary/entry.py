"""A line of the calendar: what recurs, when, and who does it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Missed = Literal["latest", "none", "all"]
Overlap = Literal["skip", "queue", "cancel"]
ClockChange = Literal["once", "skip", "both"]


@dataclass(frozen=True)
class CalendarEntry:
    """A recurring job: its key, when it is due (cron(8), in `zone`), the actor that does it, and what it is for.

    A key begins with its system's word: 'content.sweep_stuck'. `missed` says which of several undecided ticks still
    run: the latest, none, or all, of those that are no older than `window_hours` and no more than `most`. `overlap`
    says what a tick does whose last job is unfinished. One that is `careful` deletes, or writes to people: where the
    tables of its system were there before Bellwork, it begins paused, and an operator resumes it.
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
    careful: bool = False

    @property
    def source(self) -> str:
        """The word of its system."""
        return self.key.partition(".")[0]

    @property
    def declared(self) -> dict[str, Any]:
        """What is written of it into the ledger: all but how it begins."""
        return {name: value for name, value in asdict(self).items() if name != "careful"}
