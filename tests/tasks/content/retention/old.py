"""Rows of any age to be swept, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.content.rules import RULES
from bellwork.db.engine import transaction
from bellwork.db.retention import Holder
from bellwork.db.sql import sql
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.tasks.upkeep.sweeping.sweep import sweep

if TYPE_CHECKING:
    from bellwork.tasks.upkeep.sweeping.run import Run

TOKENS, REQUESTS, FEEDBACK = RULES
ME = Holder("a test")
PLENTY = 60.0


class Batches(Budget):
    """A budget that is spent after so many questions, whatever the clock says."""

    def __init__(self, most: int) -> None:
        super().__init__(seconds=0)
        self._left = most

    @property
    def is_spent(self) -> bool:
        """Count down."""
        self._left -= 1
        return self._left < 0


def add_requests(count: int, days: float, status: str = "completed", prefix: str = "old") -> None:
    """Insert requests of one age."""
    change(
        """
        INSERT INTO {content}.content_requests
            (id, student_id, original_query, status, generated_content_id, completed_at, created_at)
        SELECT CAST(:prefix AS text) || '_' || lpad(CAST(n AS text), 5, '0'), 'user_student',
               'Why, "and" how' || chr(10) || n,
               CAST(CAST(:status AS text) AS {content}.request_status), 'content_1', now(),
               now() - make_interval(secs => 86400 * CAST(:days AS float8) + n)
        FROM generate_series(1, :count) n
        """,
        count=count,
        days=days,
        status=status,
        prefix=prefix,
    )


def add_feedback(count: int, days: float) -> None:
    """Insert feedback of one age."""
    change(
        """
        INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, comment, created_at)
        SELECT 'said_' || n, 'user_student', 'content_1', 'rating_only', CASE WHEN n % 2 = 0 THEN '' END,
               now() - make_interval(days => :days)
        FROM generate_series(1, :count) n
        """,
        count=count,
        days=days,
    )


def run(rule: Any = REQUESTS, budget: Budget | None = None, holder: Holder = ME) -> Run:
    """Sweep by a rule."""
    return sweep(rule, holder, budget or Budget(PLENTY))


def change(statement: str, **asked: Any) -> None:
    """Run a statement."""
    with transaction() as conn:
        conn.execute(sql(statement), asked)


def ask(statement: str, **asked: Any) -> list[Any]:
    """Return the first column of what a statement finds."""
    with transaction() as conn:
        return list(conn.execute(sql(statement), asked).scalars())


def deleted() -> set[str]:
    """Return the requests that are soft-deleted."""
    return set(ask("SELECT id FROM {content}.content_requests WHERE deleted_at IS NOT NULL"))


def parcels() -> list[tuple[str, int, int]]:
    """Return state, rows and removed rows of each parcel."""
    with transaction() as conn:
        rows = conn.execute(sql("SELECT state, coalesce(rows, 0), removed FROM bellwork.retention_parcels ORDER BY id"))
        return [tuple(row) for row in rows]


def tell(organization: str, end: str, *, days_ago: int = 7, recipient: str = "", state: str = "nobody") -> None:
    """Let the last word about a contract's end have been spoken, or at least announced, some days ago."""
    change(
        "INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, recipient_id, state, at)"
        " VALUES (:id, :end, 'deleted_in_7_days', :recipient, :state, now() - make_interval(days => :days))",
        id=organization,
        end=end,
        recipient=recipient,
        state=state,
        days=days_ago,
    )
