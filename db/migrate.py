"""Takes the database to a revision of the schema and back, one transaction for each step; two at once are safe."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bellwork.db import found, server, sessions
from bellwork.db.engine import engine, transaction
from bellwork.db.grants import grant
from bellwork.db.partitions import create_ahead, in_brief_locks, refused_tables
from bellwork.db.revision import LEDGER, SCHEMA, current, is_ahead, revision_line_of, revision_lines
from bellwork.db.systems import partitioned, system

if TYPE_CHECKING:
    from alembic.script import Script
    from sqlalchemy import Connection

    from bellwork.db.revision import RevisionLine
    from bellwork.db.vocabulary import PartitionedTable

_SCRIPTS = Path(__file__).parent / "migrations"
#: Seconds until a step that found its tables locked, or took part in a deadlock, is tried again; None: not any more.
_PAUSES = (0.1, 0.3, 1.0, 1.0, 2.0, 3.0, 5.0, None)
_IS_EMPTY = text("""
SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(:schema))
   AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace(:schema))
   AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = to_regnamespace(:schema))
""")


def upgrade(revision: str = "head") -> None:
    """Take the database forward to `revision` of the ledger; "head" brings up the ledger, then every system.

    Steps already taken, by whomever, are not repeated. A step that cannot get its locks, or ends in a deadlock with
    those who work meanwhile, is tried again for some time.

    What a newer release has migrated stays as it is: going back to an older release is no reason to fail.
    Raises SettingsError for a server or a database that cannot hold the product (bellwork.db.server), where a pooler
    brings sessions that could wait for a lock for ever (bellwork.db.sessions), and alembic's CommandError for an
    unknown revision or a schema that cannot be adopted; the steps before the one that failed stay done. At the end each
    partitioned table has its partitions, and each of our roles what bellwork.db.rights says, as far as this session may
    give it.
    """
    server.check()
    sessions.check()
    _bring_up(LEDGER, revision)
    if revision == "head":
        for line in revision_lines()[1:]:
            if current(line) is None:
                with transaction() as conn:
                    found.note(conn, system(line.word))
            _bring_up(line, revision)
        _make_partitions()
    with engine().begin() as connection:
        grant(connection)


def downgrade(revision: str, word: str | None = None) -> None:
    """Take the ledger back to `revision`, or the system of this word (an id, or "base": nothing of it is left).

    The ledger's base takes the systems along that are known here, for theirs are the newer tables.
    """
    if word is not None:
        _bring_down(revision_line_of(system(word)), revision)
        return
    if revision == "base":
        for line in reversed(revision_lines()[1:]):
            _bring_down(line, revision)
    _bring_down(LEDGER, revision)


def _bring_up(line: RevisionLine, revision: str) -> None:
    if revision == "head" and is_ahead(line):
        return
    config = _config(line)
    taken = {step.revision for step in _path(config, current(line) or "base")}
    for step in reversed(_path(config, revision)):
        if step.revision not in taken:
            _take(config, step)


def _bring_down(line: RevisionLine, revision: str) -> None:
    config = _config(line)
    kept = {step.revision for step in _path(config, revision)}
    for step in _path(config, current(line) or "base"):
        if step.revision not in kept:
            command.downgrade(config, str(step.down_revision or "base"))
    if not kept:
        _forget_versions(line)


def _make_partitions() -> None:
    """Make what is missing of every partitioned table that this session's role may change."""
    with transaction() as conn:
        refused = {each.table for each in refused_tables(conn, partitioned())}
    for table in partitioned():
        if f"{table.schema}.{table.table}" not in refused:
            in_brief_locks(partial(_make, table), f"making partitions of {table.name}")


def _make(table: PartitionedTable, conn: Connection) -> None:
    create_ahead(conn, table)


def _take(config: Config, step: Script) -> None:
    """Take one step; again where it gave way to those who work meanwhile, for nothing of it was kept then."""
    for pause in _PAUSES:
        try:
            command.upgrade(config, step.revision)
        except OperationalError as error:
            if pause is None or not isinstance(error.orig, DeadlockDetected | LockNotAvailable):
                raise
            time.sleep(pause)
        else:
            return


def _config(line: RevisionLine) -> Config:
    config = Config(attributes={"line": line})
    places = {"script_location": _SCRIPTS, "version_locations": line.folder}
    for name, place in places.items():
        config.set_main_option(name, str(place).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config


def _path(config: Config, revision: str) -> list[Script]:
    """List the steps that lead to a revision, the last one first."""
    return list(ScriptDirectory.from_config(config).walk_revisions("base", revision))


def _forget_versions(line: RevisionLine) -> None:
    with engine().begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {line.qualified}"))
        if line is LEDGER and connection.execute(_IS_EMPTY, {"schema": SCHEMA}).scalar_one():
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA}"))
