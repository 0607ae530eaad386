"""Runs migrations on the database of DATABASE_URL: in one transaction, and never two processes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import text

from db.engine import engine
from db.schema import metadata

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from sqlalchemy import Connection

#: Where Alembic keeps the revision, beside the ledger, so that a team's own alembic_version is not disturbed.
LEDGER = "bellwork"
#: Any number would do, as long as it is this one everywhere.
LOCK = int.from_bytes(b"bellmigr")


def migrate() -> None:
    """Run what Alembic was asked for; the revision is read only after the lock is held."""
    if context.is_offline_mode():
        raise CommandError("migrations look at what stands in the database, so they cannot be printed (--sql)")
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            version_table_schema=LEDGER,
            include_schemas=True,
            include_name=_is_ours,
        )
        with context.begin_transaction():
            _prepare(connection)
            context.run_migrations()


def _prepare(connection: Connection) -> None:
    # Waiting for another process's migration and building an index may take as long as they take.
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    # From here on a busy table is waited for as usual: whoever queues behind us is somebody's pupil.
    connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    # Asked first, for CREATE SCHEMA IF NOT EXISTS wants the right to create schemas even where it exists.
    if connection.execute(text("SELECT to_regnamespace(:name)"), {"name": LEDGER}).scalar_one() is None:
        connection.execute(text(f"CREATE SCHEMA {LEDGER}"))


def _is_ours(name: str | None, kind: str, parents: MutableMapping[Any, str | None]) -> bool:
    if kind == "schema":
        return name in {table.schema for table in metadata.tables.values()}
    return kind != "table" or parents["schema_qualified_table_name"] in metadata.tables


migrate()
