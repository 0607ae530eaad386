"""How right each rule was: of what it found and somebody ended since, the share that was no false positive."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.words import Reason

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days that are looked at; a rule is wrong too often where so many were ended, and less than this share was right.
DAYS, LEAST, WOLF = 60, 10, 0.5
_RULES = f"""
SELECT reason, CAST(sum(found) AS integer), CAST(sum(decided) AS integer), CAST(sum(improved) AS integer),
       CAST(sum(false_positives) AS integer)
FROM {{support}}.rule_days
WHERE day > CAST(now() AT TIME ZONE 'UTC' AS date) - {DAYS}
GROUP BY reason ORDER BY reason
"""  # noqa: S608 - ours


class Precision(NamedTuple):
    """A rule's counts of the last 60 days: found, ended since, of those improved or completed, and false positives."""

    reason: str
    found: int = 0
    decided: int = 0
    improved: int = 0
    false_positives: int = 0

    @property
    def share(self) -> float | None:
        """The share of those that were ended and right, 0 to 1; None where none was ended."""
        return 1 - self.false_positives / self.decided if self.decided else None

    @property
    def cries_wolf(self) -> bool:
        """Tell whether enough were ended to say that the rule is wrong more often than right."""
        return self.share is not None and self.decided >= LEAST and self.share < WOLF


def precisions(conn: Connection) -> list[Precision]:
    """Return every rule of detection with its counts, and every other reason that a person gave."""
    found = {row[0]: Precision(*row) for row in conn.execute(sql(_RULES))}
    return [*(found.pop(rule, Precision(rule)) for rule in Reason), *found.values()]
