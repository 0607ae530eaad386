"""The process that owns both servers: it obeys orders on stdin, and stops them when stdin closes or its parent is gone.

Started by `bellwork.ops.embedded.start`, never by hand. An order is a line of words, its answer a line of JSON.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from subprocess import SubprocessError
from typing import TYPE_CHECKING, Any

from bellwork.ops.embedded.errors import EmbeddedError
from bellwork.ops.embedded.places import make_state_dir
from bellwork.ops.embedded.servers import Servers, open_servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STDIN = 0
FAILURES = (EmbeddedError, OSError, SubprocessError)
ORDERS: dict[str, Callable[..., None]] = {
    "start_redis": lambda servers: servers.valkey.start(),
    "stop_redis": lambda servers: servers.valkey.stop(),
    "start_postgres": lambda servers: servers.postgres.start(),
    "stop_postgres": lambda servers, mode: servers.postgres.stop(mode),
}


def main(state_dir: Path, *, durable: bool, parent: int) -> None:
    """Run the servers until no command needs them; the first answer says where they are, or why they are not."""
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, _end)
    try:
        make_state_dir(state_dir)
        with open_servers(state_dir, durable=durable, parent=parent) as servers:
            _answer(asdict(servers.record()))
            for order in _orders(parent):
                _answer(_obey(servers, *order))
    except FAILURES as error:
        _answer({"error": _said(error, state_dir)})


def _end(_number: int, _frame: object) -> None:
    """Leave by the front door, once: what comes while the servers are being stopped must not stop the stopping."""
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    sys.exit()


def _orders(parent: int) -> Iterator[list[str]]:
    """Yield the parent's orders until it closes the pipe.

    Its process id is watched too: a child that it forked may hold the pipe open after it is gone.
    """
    pending = b""
    while os.getppid() == parent:
        if select.select([STDIN], [], [], 1.0)[0]:
            chunk = os.read(STDIN, 65536)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            yield from (line.decode().split() for line in lines)


def _obey(servers: Servers, order: str, *words: Any) -> dict[str, Any]:
    try:
        ORDERS[order](servers, *words)
        return asdict(servers.record())
    except FAILURES as error:
        return {"error": _said(error, servers.state_dir)}


def _said(error: Exception, state_dir: Path) -> str:
    return str(error) if isinstance(error, EmbeddedError) else f"the stack on {str(state_dir)!r} failed: {error}"


def _answer(answer: dict[str, Any]) -> None:
    """Answer on stdout; a parent that no longer listens is noticed by `_orders`."""
    with suppress(BrokenPipeError):
        os.write(1, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), durable=sys.argv[2] == "durable", parent=int(sys.argv[3]))
