"""Reads budgets and what today has cost: a few short rows, for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection as Driver

#: What a budget limits.
UNITS = ("money", "calls", "tokens")
#: Tokens that a call is reckoned with where no operator said another number.
CALL_TOKENS = 4_000

_LIST = b"""
SELECT coalesce(b.provider, d.provider), b.money, b.calls, b.tokens, b.price_input, b.price_output,
       coalesce(b.call_tokens, %(call_tokens)s), coalesce(d.money, 0), coalesce(d.calls, 0), coalesce(d.tokens, 0),
       ((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC',
       extract(epoch FROM ((now() AT TIME ZONE 'UTC')::date + 1)::timestamp AT TIME ZONE 'UTC' - now())::float8
FROM bellwork.budgets b
FULL JOIN (SELECT * FROM bellwork.budget_days WHERE day = (now() AT TIME ZONE 'UTC')::date) d ON d.provider = b.provider
ORDER BY 1
"""


@dataclass(frozen=True)
class Budget:
    """What a provider may cost on a day (None: anything), what it has cost today, and when the day turns.

    `spent_…` has what calls under way are reckoned with; `left` is in seconds. Prices are of a million tokens; for a
    voice, tokens are characters.
    """

    provider: str
    money: Decimal | None
    calls: int | None
    tokens: int | None
    price_input: Decimal | None
    price_output: Decimal | None
    call_tokens: int
    spent_money: Decimal
    spent_calls: int
    spent_tokens: int
    until: datetime
    left: float

    def lacking(self, calls: int = 1) -> list[str]:
        """Name the units of which the day has too little left for so many calls."""
        price = max((each for each in (self.price_input, self.price_output) if each is not None), default=Decimal(0))
        wanted = {"money": calls * self.call_tokens * price / 1_000_000, "calls": calls}
        wanted["tokens"] = calls * self.call_tokens
        return [
            unit
            for unit in UNITS
            if (most := getattr(self, unit)) is not None and getattr(self, f"spent_{unit}") + wanted[unit] > most
        ]

    def shown(self, unit: str) -> str:
        """Say how much of a unit is spent: 'calls 998 of 1,000'."""
        most = getattr(self, unit)
        return f"{unit} {number(getattr(self, f'spent_{unit}'))} of {'any' if most is None else number(most)}"


def list_budgets(driver: Driver[Any]) -> list[Budget]:
    """List what has a budget or has cost anything today."""
    return [Budget(*row) for row in driver.execute(_LIST, {"call_tokens": CALL_TOKENS}).fetchall()]


def number(value: Decimal | int) -> str:
    """Return a figure as people read it: 1,000 calls, 12.34 of money, and more digits where it is little."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if value == 0 or value >= 1 else f"{value:.6f}".rstrip("0").rstrip(".")
