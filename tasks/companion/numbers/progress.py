"""How far a goal has come: 60 % practice, 30 % rating, 10 % sessions (tasks/companion/README.md, Goals)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.tasks.companion.numbers.elo import USUAL
from bellwork.tasks.companion.numbers.rounding import percent

if TYPE_CHECKING:
    from decimal import Decimal

#: Completed items that are all of a goal's practice, by its type; any other type takes ITEMS.
ITEMS_BY_TYPE = {"SAT": 100, "AP": 75}
ITEMS = 50
#: Points of rating over the usual 1000 that are all of its rating, and sessions that are all of its sessions.
GAIN, SESSIONS = 500, 10
_PRACTICE, _RATING, _TALKS = 60, 30, 10


@dataclass(frozen=True)
class Standing:
    """What counts for a goal: completed items, the rating in its subject (None: never rated), and sessions held."""

    goal_type: str | None
    items: int
    rating: int | None
    sessions: int


def completion(standing: Standing) -> Decimal:
    """Return the goal's percentage with two decimals; 100.00 only where all three parts are full."""
    wanted = items_for(standing.goal_type)
    items = _within(standing.items, wanted)
    gain = _within((USUAL if standing.rating is None else standing.rating) - USUAL, GAIN)
    sessions = _within(standing.sessions, SESSIONS)
    reached = (
        _PRACTICE * items * GAIN * SESSIONS + _RATING * gain * wanted * SESSIONS + _TALKS * sessions * wanted * GAIN
    )
    return percent(reached, (_PRACTICE + _RATING + _TALKS) * wanted * GAIN * SESSIONS)


def items_for(goal_type: str | None) -> int:
    """Return how many completed items are all of a goal's practice."""
    return ITEMS_BY_TYPE.get((goal_type or "").strip().upper(), ITEMS)


def _within(reached: int, most: int) -> int:
    return max(0, min(most, reached))
