"""What of a system calls for people, beside its jobs: a line of `bellwork status` and of the dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Concern:
    """One thing that is wrong with a system's rows: what, why, what comes of it, and what to do.

    Words name no person: they are shown to whoever may see the dashboard. `since` is an aware datetime.
    """

    what: str
    cause: str = ""
    forecast: str = ""
    next: str = ""
    since: datetime | None = None
