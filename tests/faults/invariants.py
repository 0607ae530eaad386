"""What every test of faults ends with: the ledger is whole, and no effect was written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger.invariants import violations
from tests.faults.ground import rows

if TYPE_CHECKING:
    from typing import Any

_TWICE = "SELECT job_id, what, count(*) AS times FROM effects GROUP BY job_id, what HAVING count(*) > 1"


def check() -> None:
    """Assert that no invariant of the ledger is broken, and that each job wrote each of its effects once at most."""
    with transaction() as conn:
        found = violations(conn)
    assert [] == found
    assert [] == _twice()


def _twice() -> list[Any]:
    return rows(_TWICE)
