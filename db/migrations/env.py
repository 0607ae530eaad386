"""Runs migrations on the database of DATABASE_URL: in one transaction, and never two processes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import context
from alembic.util import CommandError
from sqlalchemy import text

from bellwork.db.engine import engine
from bellwork.db.revision import LEDGER, SCHEMA

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.revision import RevisionLine

#: Any number would do, as long as it is this one everywhere.
LOCK = int.from_bytes(b"bellmigr")


def migrate() -> None:
    """Run what Alembic was asked for; the revision is read only after the lock is held."""
    if context.is_offline_mode():
        raise CommandError("migrations look at what stands in the database, so they cannot be printed (--sql)")
    line: RevisionLine = context.config.attributes.get("line", LEDGER)
    with engine().connect() as connection:
        context.configure(connection=connection, version_table=line.table, version_table_schema=SCHEMA)
        with context.begin_transaction():
            _prepare(connection)
            context.run_migrations()


def _prepare(connection: Connection) -> None:
    # Waiting for another process's migration and building an index may take as long as they take; some indexes are
    # built by a session beside this one, which is idle for so long.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    # From here on a busy table is waited for as usual: whoever queues behind us is somebody's pupil.
    connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    # Asked first, for CREATE SCHEMA IF NOT EXISTS wants the right to create schemas even where it exists.
    if connection.execute(text("SELECT to_regnamespace(:name)"), {"name": SCHEMA}).scalar_one() is None:
        connection.execute(text(f"CREATE SCHEMA {SCHEMA}"))


migrate()
