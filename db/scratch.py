"""A database for tests alone, made beside the one that DATABASE_URL names: migrated, emptied between tests, dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import make_url

from bellwork.db.engine import transaction
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What tests leave behind; the history of operators' acts is never deleted, and a new database has none.
_LEFT = (
    *("jobs", "finished_jobs", "misfits", "losses", "crashes", "probes", "workers", "actors", "queues"),
    *("letters", "bounces", "suppressed_addresses", "mail_hold", "mail_runs"),
    *("budgets", "budget_days"),
)


def create() -> str:
    """Create an empty database of a name of its own, and return its URL; its owner is the role of DATABASE_URL."""
    name = f"bellwork_test_{uuid4().hex[:16]}"
    _execute([f'CREATE DATABASE "{name}"'])
    made = make_url(settings().database_url).set(drivername="postgresql", database=name)
    return made.render_as_string(hide_password=False)


def drop(url: str) -> None:
    """Drop a database that `create` has made, and end the sessions in it; called with the first DATABASE_URL."""
    _execute([f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)'])


def empty() -> None:
    """Delete every job, worker, actor and letter from the ledger that DATABASE_URL names."""
    with transaction() as conn:
        for table in _LEFT:
            conn.execute(text(f"DELETE FROM bellwork.{table}"))  # noqa: S608 - our own tables


def _execute(statements: Iterable[str]) -> None:
    engine = create_engine(settings().database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)
