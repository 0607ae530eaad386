"""One thing that is wrong, and the words that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = 3


class Step(NamedTuple):
    """A safe act: its name among the acts of pages, what it is called, and what it is about."""

    act: str
    words: str
    about: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, what is known of it, and the next safe step, with the command in backticks.

    `runbook` is a page of docs/runbooks; `leads` is the dashboard's page that shows more.
    """

    kind: Literal["fail", "warn"]
    what: str
    cause: str = ""
    forecast: str = ""
    next: str = ""
    runbook: str = ""
    since: datetime | None = None
    leads: str = ""
    step: Step | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data: what nobody knows is None."""
        names = ("kind", "what", "since", "cause", "forecast", "next", "runbook")
        return {name: getattr(self, name) or None for name in names}


def first(names: Sequence[Any]) -> str:
    """Name the first few."""
    return f"{', '.join(str(name) for name in names[:_NAMED])}{', …' if len(names) > _NAMED else ''}"


def moment(at: datetime | str | None) -> datetime | None:
    """Return a time; one that was kept as JSON is text in ISO 8601."""
    return datetime.fromisoformat(at) if isinstance(at, str) else at
