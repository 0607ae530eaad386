"""PostgreSQL under a supervisor: a cluster made once, with its database, behind a unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from bellwork.db.private import private
from bellwork.ops.embedded import process
from bellwork.ops.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.ops.embedded.account import Account

NAME = "bellwork"
#: For development: room for a few workers' pools; all else stays as PostgreSQL has it.
SETTINGS = {
    "cluster_name": NAME,
    "listen_addresses": "",
    # A refused statement is logged by its primary message: its text and its DETAIL hold values of rows.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}
#: What a stack may do without whose data are thrown away. Commits still outlive a crash of PostgreSQL alone.
CARELESS = {"fsync": "off", "full_page_writes": "off"}
#: SIGINT ends sessions and writes a checkpoint, SIGQUIT leaves the rest to recovery. Seconds each is given.
FAST, IMMEDIATE = (signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)
#: Recovery after a crash is part of a start.
PATIENCE = 60.0

Mode = Literal["fast", "immediate"]


@dataclass
class Postgres:
    """The server on `data`; `lock` is the descriptor that all its processes keep open."""

    bindir: Path
    data: Path
    sockets: Path
    log: Path
    account: Account
    durable: bool
    lock: int
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """A URL that libpq and SQLAlchemy read alike; the port names the socket, whatever PGPORT says."""
        return f"postgresql:///{NAME}?host={quote(str(self.sockets))}&port=5432&user={NAME}"

    @property
    def pid(self) -> int | None:
        """The postmaster's process id, None while it is stopped."""
        return self.child.pid if self.child and self.child.poll() is None else None

    def start(self) -> None:
        """Start, making cluster and database where there are none; return when connections are accepted."""
        if self.pid:
            return
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._admit()
        self.child = process.spawn(
            self._command(), log=self.log, keep=self.lock, farewell=signal.SIGINT, **self.account.popen()
        )
        process.wait_until(self._accepts, self.child, self.log, PATIENCE)
        if self._client("psql", "--no-psqlrc", "--command", "", NAME).returncode != 0:
            self._expect(self._client("createdb", NAME))

    def stop(self, mode: Mode = "fast") -> None:
        """Stop: `fast` loses nothing and leaves nothing to recover, `immediate` is as good as a crash."""
        if self.child and self.pid:
            process.stop(self.child, (FAST, IMMEDIATE) if mode == "fast" else (IMMEDIATE,))
        self.child = None

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill half-way leaves no ruin."""
        part = self.data.with_name(f"{self.data.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        self.account.own(part)
        options = ["--username", NAME, "--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        self._expect(self._run("initdb", *options, *locale, *sync, "--pgdata", str(part), **self.account.popen()))
        part.rename(self.data)

    def _admit(self) -> None:
        """Let the users in who may use the server, each known by the kernel; who runs it is not among them for root.

        Written at each start: a cluster of an older release let every user in that reached its socket.
        """
        users = "".join(f'{NAME} "{user}" all\n' for user in self.users())
        rules = "".join(f"local {what} all peer map={NAME}\n" for what in ("all", "replication"))
        for name, text in (("pg_ident.conf", users), ("pg_hba.conf", rules)):
            part = self.data / f"{name}.part"
            part.unlink(missing_ok=True)
            with open(part, "x", opener=private) as file:
                if self.account.foreign:
                    os.fchown(file.fileno(), self.account.uid, self.account.gid)
                file.write(text)
            part.replace(self.data / name)

    def users(self) -> list[str]:
        """Name the users of this system that are let in, under any name of a role."""
        return [pwd.getpwuid(os.geteuid()).pw_name]

    def _command(self) -> list[str | Path]:
        settings = {**SETTINGS, "unix_socket_directories": str(self.sockets), **({} if self.durable else CARELESS)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [self.bindir / "postgres", "-D", self.data, *words]

    def _accepts(self) -> bool:
        """Read the postmaster's own word: line 1 of its pid file is its id, line 8 becomes `ready`."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(self.pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - line 8

    def _client(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._run(program, "--host", str(self.sockets), "--port", "5432", "--username", NAME, *arguments)

    def _run(self, program: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [str(self.bindir / program), *arguments],
            cwd="/",
            env=process.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            pass_fds=[self.lock],
            **options,
        )

    def _expect(self, done: subprocess.CompletedProcess[str]) -> None:
        if done.returncode != 0:
            raise EmbeddedError(f"{done.args[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
