"""The ledger as these tests look at it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction


def jobs(actor: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """List jobs, finished or not, the oldest first."""
    with transaction() as conn:
        return ledger.list_jobs(conn, actor=actor, state=state, limit=10_000)[::-1]


def states(actor: str | None = None) -> list[str]:
    """List the states of jobs, the oldest first."""
    return [job["state"] for job in jobs(actor)]


def wait_of(job: dict[str, Any]) -> float:
    """Tell in how many seconds a job is due, by PostgreSQL's clock."""
    with transaction() as conn:
        asked = {"run_at": job["run_at"]}
        waits = conn.execute(text("SELECT extract(epoch FROM :run_at - now())"), asked).scalar_one()
        return float(waits)


def execute(statement: str, **asked: Any) -> None:
    """Change the ledger behind everybody's back."""
    with transaction() as conn:
        conn.execute(text(statement), asked)
