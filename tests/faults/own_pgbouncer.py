"""A PgBouncer of a test's own, in transaction mode before PostgreSQL: each transaction may get another session."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwuid
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import psycopg

from bellwork.db import sessions
from bellwork.ops.embedded import process
from bellwork.ops.embedded.account import postgres_account
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

#: Debian installs it where an ordinary user's PATH does not look.
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
PORT = 6432
_PATIENCE = 30.0
_SETTINGS = """
[databases]
* = host={sockets} port=5432
[pgbouncer]
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 500
listen_addr =
listen_port = {port}
unix_socket_dir = {place}
auth_type = trust
auth_file = {place}/users
admin_users = bellwork
ignore_startup_parameters = {ignored}
"""


@dataclass
class PgBouncer:
    """Its directory of sockets and files, and its process."""

    place: Path
    server: Path
    child: subprocess.Popen[bytes] | None = None

    @contextmanager
    def between(self, url: str, mode: str = "transaction") -> Iterator[None]:
        """See a database by way of this pooler; `mode` is the setting POOLER."""
        through = url.replace(str(self.server), str(self.place)).replace("port=5432", f"port={PORT}")
        with environment(DATABASE_URL=through, POOLER=mode):
            yield

    def let_the_role_carry_it(self) -> None:
        """Do what the doctor says, and replace every session by a new one."""
        mismatch = sessions.examine()
        assert mismatch
        with psycopg.connect(f"host={self.server} port=5432 user=bellwork dbname=bellwork", autocommit=True) as conn:
            conn.execute(" ".join(mismatch.sql).encode())
        console = f"host={self.place} port={PORT} user=bellwork dbname=pgbouncer"
        with psycopg.connect(console, autocommit=True, cursor_factory=psycopg.ClientCursor) as conn:
            conn.execute("RECONNECT")

    def start(self) -> None:
        """Start, and return when it takes connections."""
        self._socket.unlink(missing_ok=True)
        log, command = self.place / "log", [str(PROGRAM), str(self.place / "ini")]
        account = postgres_account()
        self.child = process.spawn(command, log=log, keep=2, farewell=signal.SIGKILL, **account.popen())
        process.wait_until(self._listens, self.child, log, _PATIENCE)

    def stop(self) -> None:
        """End it at once, in the middle of whatever its clients do."""
        if self.child:
            self.child.kill()
            self.child.wait()

    @property
    def _socket(self) -> Path:
        return self.place / f".s.PGSQL.{PORT}"

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0


@contextmanager
def own_pgbouncer(server: Path, *, sessions: int = 20, ignored: str = "extra_float_digits") -> Iterator[PgBouncer]:
    """Run one before the server whose sockets are in `server`, with that many sessions for each database."""
    place = Path(mkdtemp(prefix="bellwork-"))
    settings = _SETTINGS.format(sockets=server, sessions=sessions, port=PORT, place=place, ignored=ignored)
    (place / "ini").write_text(settings)
    (place / "users").write_text('"bellwork" ""\n')
    for path in (place / "ini", place / "users", place):
        postgres_account().own(path)
    pooler = PgBouncer(place, server)
    _admit(server)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.stop()
        shutil.rmtree(place)


def _admit(server: Path) -> None:
    """Let the pooler's user into the server, which knows its clients by who they are."""
    with psycopg.connect(f"host={server} port=5432 user=bellwork dbname=bellwork", autocommit=True) as conn:
        [(users,)] = conn.execute("SELECT current_setting('ident_file')")
        with Path(users).open("a") as file:
            file.write(f"bellwork {getpwuid(postgres_account().uid).pw_name} all\n")
        conn.execute("SELECT pg_reload_conf()")
