"""What whoever collects the money is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Paid:
    """The period is paid; `until` is its end, where that is told."""

    until: datetime | None = None


@dataclass(frozen=True)
class Refused:
    """The payment was tried and refused; `said` is why, in words without a person's data."""

    said: str


@dataclass(frozen=True)
class Unknown:
    """Nothing is known yet: it is asked again later; `said` is why."""

    said: str


Answer = Paid | Refused | Unknown


class Payments(Protocol):
    """Knows what was paid. Raises ProviderFailure where it could not be asked."""

    def period(self, subscription: str, begins_at: datetime) -> Answer:
        """Say whether the period of a subscription that begins at a moment was paid; nothing is charged by that."""
