"""What a provider may cost on a day of UTC: reserved before a call by compare-and-set, settled after it.

What is reserved counts as spent. So nobody who looks at the same time is over a budget of calls; one of money or tokens
is exceeded by no more than what the calls under way cost above their estimates. Whoever dies in between leaves its
reservation. The day is PostgreSQL's, in UTC, and a call belongs to the day of its reservation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.budgeted import CALL_TOKENS, UNITS, list_budgets
from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.acts import record_act

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from sqlalchemy import Connection

    from bellwork.db.budgeted import Budget
    from bellwork.db.ledger.changes import ChangedBy

#: What is set of a budget.
SETTINGS = (*UNITS, "price_input", "price_output", "call_tokens")

# The row of the day is locked where it is there, and its newest version compared: of two at once the second sees what
# the first has taken.
_RESERVE = b"""
WITH asked AS (
    SELECT (now() AT TIME ZONE 'UTC')::date AS day, %(calls)s::bigint AS calls,
           coalesce(b.call_tokens, %(call_tokens)s) AS call_tokens,
           coalesce(b.call_tokens * greatest(b.price_input, b.price_output) / 1000000, 0) AS call_money,
           coalesce(b.calls, 'infinity'::numeric) AS most_calls, coalesce(b.tokens, 'infinity'::numeric) AS most_tokens,
           coalesce(b.money, 'infinity'::numeric) AS most_money
    FROM (SELECT) one LEFT JOIN bellwork.budgets b ON b.provider = %(provider)s)
INSERT INTO bellwork.budget_days AS d (provider, day, calls, tokens, money)
SELECT %(provider)s, day, calls, calls * call_tokens, calls * call_money FROM asked
WHERE calls <= most_calls AND calls * call_tokens <= most_tokens AND calls * call_money <= most_money
ON CONFLICT (provider, day) DO UPDATE
SET calls = d.calls + excluded.calls, tokens = d.tokens + excluded.tokens, money = d.money + excluded.money
WHERE d.calls + excluded.calls <= (SELECT most_calls FROM asked)
  AND d.tokens + excluded.tokens <= (SELECT most_tokens FROM asked)
  AND d.money + excluded.money <= (SELECT most_money FROM asked)
RETURNING day, (SELECT call_tokens FROM asked), (SELECT call_money FROM asked)
"""
_SETTLE = b"""
UPDATE bellwork.budget_days d
SET tokens = greatest(0, d.tokens - %(call_tokens)s + %(input)s + %(output)s),
    money = greatest(0, d.money - %(call_money)s + coalesce(%(money)s::numeric, (
        SELECT (%(input)s * coalesce(b.price_input, 0) + %(output)s * coalesce(b.price_output, 0)) / 1000000
        FROM bellwork.budgets b WHERE b.provider = d.provider), 0))
WHERE provider = %(provider)s AND day = %(day)s
"""
_GIVE_BACK = b"""
UPDATE bellwork.budget_days
SET calls = greatest(0, calls - %(calls)s), tokens = greatest(0, tokens - %(calls)s * %(call_tokens)s),
    money = greatest(0, money - %(calls)s * %(call_money)s)
WHERE provider = %(provider)s AND day = %(day)s
"""
_SET = """
INSERT INTO bellwork.budgets (provider, money, calls, tokens, price_input, price_output, call_tokens)
VALUES (%(provider)s, %(money)s, %(calls)s, %(tokens)s, %(price_input)s, %(price_output)s, %(call_tokens)s)
ON CONFLICT (provider) DO UPDATE SET {changes}
"""
_LIFT = b"UPDATE bellwork.budgets SET money = NULL, calls = NULL, tokens = NULL WHERE provider = %s"
_KNOWN = b"SELECT EXISTS (SELECT FROM bellwork.budget_days WHERE provider = %s)"
_RESUME = b"SELECT bellwork.resume_put_off(%s)"


class Reservation(NamedTuple):
    """Calls that may be made: how many, of which day, and what each is reckoned with until its answer tells."""

    provider: str
    calls: int
    day: date
    call_tokens: int
    call_money: Decimal


class NoPrice(ValueError):  # noqa: N818 - named for what is missing
    """A budget of money was to be set for a provider whose price nobody has said."""


def reserve(conn: Connection, provider: str, calls: int) -> Reservation | None:
    """Reserve calls of today's budget, all or none; None where too little is left. A statement of its own."""
    asked = {"provider": provider, "calls": calls, "call_tokens": CALL_TOKENS}
    row = psycopg_of(conn).execute(_RESERVE, asked).fetchone()
    return Reservation(provider, calls, *row) if row else None


def settle(conn: Connection, of: Reservation, sent: int, answered: int, money: Decimal | None = None) -> None:
    """Put what one call has really cost in the place of its estimate: tokens, and money by price unless it is told.

    Only once a call: a statement whose answer was lost is not repeated, and the reservation may stand.
    """
    asked = {**of._asdict(), "input": sent, "output": answered, "money": money}
    psycopg_of(conn).execute(_SETTLE, asked)


def give_back(conn: Connection, of: Reservation, calls: int) -> None:
    """Give back calls that were reserved and not made; only once."""
    psycopg_of(conn).execute(_GIVE_BACK, {**of._asdict(), "calls": calls})


def find_budget(conn: Connection, provider: str) -> Budget | None:
    """Return one of them."""
    return next((each for each in list_budgets(psycopg_of(conn)) if each.provider == provider), None)


def was_called(conn: Connection, provider: str) -> bool:
    """Tell whether calls of this provider were ever counted."""
    return bool((psycopg_of(conn).execute(_KNOWN, (provider,)).fetchone() or (False,))[0])


def set_budget(conn: Connection, provider: str, changed_by: ChangedBy, given: Mapping[str, Any]) -> int:
    """Set what stands in `given` (of SETTINGS) and leave the rest; returns how many jobs that waited are due now.

    From now on it counts for the whole fleet, and for what was spent today already. Recorded as an act. Raises NoPrice
    for money without a price.
    """
    unknown = set(given) - set(SETTINGS)
    if unknown or not given:
        raise ValueError(f"set some of {', '.join(SETTINGS)}; not {', '.join(sorted(unknown)) or 'nothing'}")
    before = _as_set(conn, provider)
    after = {**before, **given}
    if after.get("money") is not None and after.get("price_input") is None and after.get("price_output") is None:
        raise NoPrice(f"{provider!r} has no price: a budget of money needs price_input, price_output or both")
    # The whole row, for its rules are looked at before the one that stands there is found.
    whole = dict.fromkeys(SETTINGS) | {"call_tokens": CALL_TOKENS} | after
    statement = _SET.format(changes=", ".join(f"{name} = excluded.{name}" for name in given))
    psycopg_of(conn).execute(statement.encode(), {"provider": provider, **whole})
    record_act(conn, changed_by, "budgets set", f"budget {provider}", before, _as_set(conn, provider))
    return _resume(conn, provider)


def lift_budget(conn: Connection, provider: str, changed_by: ChangedBy) -> int | None:
    """End all limits of a provider, and keep its prices; returns how many jobs are due now, None without a budget."""
    before = _as_set(conn, provider)
    if not psycopg_of(conn).execute(_LIFT, (provider,)).rowcount:
        return None
    record_act(conn, changed_by, "budgets lift", f"budget {provider}", before, _as_set(conn, provider))
    return _resume(conn, provider)


def waits_for(provider: str) -> str:
    """Return what a job that waits for a provider's budget is said to wait for."""
    return f"budget {provider}"


def _as_set(conn: Connection, provider: str) -> dict[str, Any]:
    found = find_budget(conn, provider)
    return {name: getattr(found, name) for name in SETTINGS} if found else {}


def _resume(conn: Connection, provider: str) -> int:
    return int((psycopg_of(conn).execute(_RESUME, (waits_for(provider),)).fetchone() or (0,))[0])
