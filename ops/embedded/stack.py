"""What the caller of the embedded stack holds: its addresses, a way to stop it, and ways to make it fail in tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

import bellwork
from bellwork.ops.embedded.errors import EmbeddedError
from bellwork.ops.embedded.record import Addresses

if TYPE_CHECKING:
    from types import TracebackType

    from bellwork.ops.embedded.postgres import Mode

#: What the supervisor may need to stop both servers, with some room (20 + 5 + 10 seconds).
STOP_PATIENCE = 45.0


class Stack:
    """A running PostgreSQL and Valkey, stopped by `stop()`, at the end of a `with` block or with this process."""

    addresses: Addresses

    def __init__(self, supervisor: subprocess.Popen[bytes]) -> None:
        self._supervisor = supervisor
        self._turn = threading.Lock()
        self._listen()

    @property
    def database_url(self) -> str:
        """The database `bellwork`, as SQLAlchemy and libpq read it."""
        return self.addresses.database_url

    @property
    def redis_url(self) -> str:
        """Valkey's database 0, as redis-py reads it."""
        return self.addresses.redis_url

    @property
    def supervisor_pid(self) -> int:
        """The process that owns both servers."""
        return self.addresses.supervisor_pid

    @property
    def postgres_pid(self) -> int | None:
        """The postmaster's process id; None while it is stopped."""
        return self.addresses.postgres_pid

    @property
    def redis_pid(self) -> int | None:
        """Valkey's process id; None while it is stopped."""
        return self.addresses.redis_pid

    @property
    def bindir(self) -> Path:
        """PostgreSQL's programs: psql, pg_dump, pgbench."""
        return Path(self.addresses.bindir)

    @property
    def socket_dir(self) -> Path:
        """The private directory of both sockets."""
        return Path(self.addresses.socket_dir)

    @property
    def data_dir(self) -> Path:
        """PostgreSQL's data; outside the state directory where its user cannot reach that."""
        return Path(self.addresses.data_dir)

    def stop(self) -> None:
        """Stop both servers and wait until they are gone; harmless when repeated."""
        pipe = self._supervisor.stdin
        if pipe and not pipe.closed:
            with suppress(BrokenPipeError):
                pipe.close()
        try:
            self._supervisor.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self._supervisor.kill()
            self._supervisor.wait()
        if self._supervisor.stdout:
            self._supervisor.stdout.close()

    def stop_redis(self) -> None:
        """Stop Valkey alone."""
        self._order("stop_redis")

    def start_redis(self) -> None:
        """Start Valkey again, at the same address."""
        self._order("start_redis")

    def kill_postgres(self, mode: Mode = "immediate") -> None:
        """Stop PostgreSQL alone: `immediate` is as good as a crash, `fast` leaves nothing to recover."""
        self._order("stop_postgres", mode)

    def start_postgres(self) -> None:
        """Start PostgreSQL again, at the same address, with whatever recovery it needs."""
        self._order("start_postgres")

    def restart_postgres(self, mode: Mode = "fast") -> None:
        """Stop PostgreSQL and start it again."""
        self.kill_postgres(mode)
        self.start_postgres()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _order(self, *words: str) -> None:
        with self._turn:
            if self._supervisor.stdin is None or self._supervisor.stdin.closed:
                raise EmbeddedError(f"the embedded stack cannot {words[0]}: it has been stopped")
            with suppress(BrokenPipeError):
                self._supervisor.stdin.write(" ".join(words).encode() + b"\n")
                self._supervisor.stdin.flush()
            self._listen()

    def _listen(self) -> None:
        """Take in the supervisor's answer: new addresses, or the reason why not."""
        answer = self._supervisor.stdout.readline() if self._supervisor.stdout else b""
        if not answer:
            raise EmbeddedError(f"the supervisor of the embedded stack is gone (exit {self._supervisor.wait()})")
        facts = json.loads(answer)
        if "error" in facts:
            raise EmbeddedError(facts["error"])
        self.addresses = Addresses(**facts)


def start(state_dir: Path, *, durable: bool = True) -> Stack:
    """Start PostgreSQL and Valkey on `state_dir` and return when both accept connections.

    A durable stack keeps its data under `state_dir`; one that is not is faster, begins empty and leaves no data
    behind. Raises EmbeddedError where the directory is in use, or with the server's own words where one fails.
    """
    root = str(Path(bellwork.__file__).parents[1])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    place, kind, parent = str(Path(state_dir).resolve()), "durable" if durable else "careless", str(os.getpid())
    supervisor = subprocess.Popen(
        [sys.executable, "-P", "-m", "bellwork.ops.embedded.supervisor", place, kind, parent],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd="/",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
    try:
        return Stack(supervisor)
    except EmbeddedError:
        supervisor.communicate()
        raise
