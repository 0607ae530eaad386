"""A letter as its system sees it right before it is sent, and what the system says then (docs/letters.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

#: What becomes of a letter for good.
Ending = Literal["sent", "suppressed", "bounced", "unknown", "refused", "expired", "superseded"]


@dataclass(frozen=True)
class PostedLetter:
    """A letter that a system posted: `details` are what it gave along, `to` the address where it gave one."""

    id: int
    key: str
    system: str
    kind: str
    person: str | None = None
    to: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Send:
    """Send it, with whatever is given here in place of what was posted; `details` are added to the posted ones."""

    to: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    template: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Wait:
    """Not now: look again at `until`, an aware datetime. `why` is kept with the letter."""

    until: datetime
    why: str


@dataclass(frozen=True)
class Drop:
    """Never send it: somebody does not want it (suppressed), or it is not so any more (superseded, expired).

    A superseded one may be posted again under its key.
    """

    why: str
    state: Literal["suppressed", "superseded", "expired"] = "suppressed"


Verdict = Send | Wait | Drop
