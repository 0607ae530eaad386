"""Sessions that PgBouncer hands out for one transaction each are as the product needs them, or it does not start."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from bellwork.db import migrate, revision, sessions
from bellwork.db.engine import SESSION, engine, single_statements
from bellwork.db.settings import SettingsError
from bellwork.ops.doctor import Finding, examine
from tests.faults.ground import rows
from tests.faults.own_pgbouncer import PgBouncer, own_pgbouncer
from tests.faults.postgres.conftest import SESSIONS
from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.ops.embedded import Stack

_NAMES = ("transaction_isolation", *SESSION)
_SHOWN = "SELECT " + ", ".join(f"split_part(current_setting('{name}'), ',', 1)" for name in _NAMES)
_LOCKS = """
SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND datname = current_database()
"""


def test_g12_a_pooler_whose_sessions_could_hang_is_refused(database: str, pooler: PgBouncer) -> None:
    """Worker, migration and doctor say what is missing, and the statement that mends it; then it is mended."""
    with pooler.between(database):
        worker = _start("dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", "1")
        with pytest.raises(SettingsError, match="statement_timeout = '0'") as refused:
            migrate.upgrade()
        said = worker.communicate(timeout=60)[1].decode()
        assert ("fail", 1) == (_found("sessions").kind, worker.returncode)
        assert f"bellwork: {refused.value}" in said
        assert "SET lock_timeout = '5s';" in str(refused.value)

        pooler.let_the_role_carry_it()
        assert sessions.examine() is None


def test_g12_a_pooler_is_noticed_where_the_settings_do_not_name_it(
    database: str, stack: Stack, pooler: PgBouncer
) -> None:
    """Whether it refuses what a connection asks for or drops it silently, the line says BELLWORK_POOLER=transaction."""
    with pooler.between(database, "none"):
        assert ("fail", "set BELLWORK_POOLER=transaction") == (_found("postgresql").kind, _found("postgresql").mend)
    with own_pgbouncer(stack.socket_dir, ignored="options") as silent, silent.between(database, "none"):
        assert "set BELLWORK_POOLER=transaction; run ALTER ROLE bellwork" in _found("sessions").mend


@pytest.mark.usefixtures("pooled")
def test_g12_every_session_is_read_committed_in_utc_and_bounded() -> None:
    """Whichever session a transaction or a single statement gets; SERIALIZABLE would abort four claims of five."""
    with ExitStack() as several:
        opened = [several.enter_context(engine().connect()) for _ in range(SESSIONS)]
        seen = {(_session(conn), _shown(conn)) for conn in opened}
    with single_statements() as conn:
        alone = _shown(conn)

    assert SESSIONS == len(seen)
    assert {("read committed", *SESSION.values())} == {shown for _, shown in seen} | {alone}


def test_g12_migrations_go_through(empty_database: str, pooler: PgBouncer) -> None:
    """Two at once take the schema up, and the way down leaves neither table nor lock behind."""
    with pooler.between(empty_database):
        pooler.let_the_role_carry_it()
        both = [_start("bellwork.ops.cli", "migrate") for _ in range(2)]
        assert [(0, b"")] * 2 == [(process.wait(60), (process.communicate()[1])) for process in both]
        assert revision.is_current()
        migrate.downgrade("base")
        assert revision.current() is None
        assert [(0,)] == rows(_LOCKS)


def _start(*module: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *module]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _found(name: str) -> Finding:
    return next(finding for finding in examine() if finding.name == name)


def _shown(conn: Connection) -> tuple[str, ...]:
    return tuple(conn.exec_driver_sql(_SHOWN).one())


def _session(conn: Connection) -> int:
    return int(conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
