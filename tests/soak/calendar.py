"""The calendar under fire: what has to be true of every tick once all is healed."""

from __future__ import annotations

from bellwork.db.engine import transaction
from tests.soak.patience import within
from tests.soak.sql import ticks

#: Seconds after which everything that was due has to be decided.
PATIENCE = 15.0
#: How many culprits a sentence names.
_NAMED = 5


def calendar_violations() -> list[str]:
    """Wait until nothing is due any more; name what is wrong with the ticks then."""
    if not within(PATIENCE, _all_decided):
        return [f"entries are still overdue {PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        found = ticks.broken(conn)
    return [f"{len(who)} {words}: {'; '.join(who[:_NAMED])}" for words, who in found.items()]


def _all_decided() -> bool:
    with transaction() as conn:
        return not ticks.overdue(conn)
