"""Which interventions may be written: an adopted table may hold rows that are older than its checks and break one.

To write such a row fails, whatever is written, and all that the same statement writes with it; so it is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.support.words import InterventionOutcome, InterventionType, RiskLevel

if TYPE_CHECKING:
    from enum import StrEnum


def _one_of(column: str, labels: type[StrEnum]) -> str:
    listed = ", ".join(f"'{each}'" for each in labels)
    return f"({column} IS NULL OR {column} IN ({listed}))"


def sound(row: str) -> str:
    """Return the condition that a row (by its alias) keeps the checks that detection never mends."""
    return f"""({row}.resolved_at IS NOT NULL) = ({row}.status = 'resolved')
AND ({row}.assigned_trainer_id IS NULL) = ({row}.assigned_at IS NULL)
AND {_one_of(f"{row}.outcome", InterventionOutcome)}
AND {_one_of(f"{row}.intervention_type", InterventionType)}"""


def told_apart(row: str) -> str:
    """Return the condition that a row has a known level and reasons, which detection writes anew."""
    return f"""{_one_of(f"{row}.risk_level", RiskLevel)}
AND cardinality({row}.risk_reasons) > 0 AND array_position({row}.risk_reasons, NULL) IS NULL"""


#: An intervention `i` that keeps every check.
SOUND = f"({sound('i')} AND {told_apart('i')})"
