"""Valkey under a supervisor: append-only file, no eviction, a unix socket and nothing else."""

from __future__ import annotations

import signal
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from bellwork.ops.embedded import process

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

#: Reading the append-only file is part of a start.
PATIENCE = 30.0


@dataclass
class Valkey:
    """The server on `data`; `lock` is the descriptor that it keeps open."""

    program: Path
    data: Path
    sockets: Path
    log: Path
    durable: bool
    lock: int
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """A URL as redis-py reads it."""
        return f"unix://{quote(str(self._socket))}?db=0"

    @property
    def pid(self) -> int | None:
        """The server's process id, None while it is stopped."""
        return self.child.pid if self.child and self.child.poll() is None else None

    def start(self) -> None:
        """Start and return when this very process answers: an open socket may be another server's."""
        if self.pid:
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.child = process.spawn(self._command(), log=self.log, keep=self.lock, farewell=signal.SIGTERM)
        process.wait_until(self._answers, self.child, self.log, PATIENCE)

    def stop(self) -> None:
        """Stop after what was written has reached the append-only file."""
        if self.child and self.pid:
            process.stop(self.child, [(signal.SIGTERM, 10.0)])
        self.child = None

    @property
    def _socket(self) -> Path:
        return self.sockets / "redis.sock"

    def _command(self) -> list[str | Path]:
        network: list[str | Path] = ["--port", "0", "--unixsocket", self._socket, "--unixsocketperm", "700"]
        safety = ["--appendonly", "yes" if self.durable else "no", "--save", "", "--maxmemory-policy", "noeviction"]
        return [self.program, *network, "--dir", self.data, *safety]

    def _answers(self) -> bool:
        """Ask whether the data are loaded, and which process it is that answers."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\nINFO server\r\n")
                with connection.makefile("rb") as answer:
                    loaded = answer.readline() == b"+PONG\r\n"
                    facts = answer.read(int(answer.readline().removeprefix(b"$")))
        except (OSError, ValueError):
            return False
        return loaded and f"process_id:{self.pid}\r\n".encode() in facts
