"""`stack.json` tells other terminals where a running stack is; it is written at start and removed at stop."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bellwork.db.private import private
from bellwork.db.trust import distrust
from bellwork.ops.embedded import lock
from bellwork.ops.embedded.errors import EmbeddedError

STACK_FILE = "stack.json"
LOCK_FILE = "supervisor.lock"


@dataclass(frozen=True)
class Addresses:
    """Where a stack's servers are, and which processes they are."""

    database_url: str
    redis_url: str
    supervisor_pid: int
    postgres_pid: int | None
    redis_pid: int | None
    bindir: str
    socket_dir: str
    data_dir: str


def running(state_dir: Path) -> Addresses | None:
    """Return the addresses of the stack that runs on `state_dir`, or None; what a dead one left behind counts not.

    Raises EmbeddedError where another user may have written them.
    """
    state_dir = Path(state_dir)
    for path in (state_dir, state_dir / STACK_FILE):
        if reason := distrust(path):
            raise EmbeddedError(f"{reason}; nothing in it was read")
    try:
        addresses = read(state_dir)
    except FileNotFoundError:
        return None
    return addresses if lock.held(state_dir / LOCK_FILE) else None


def read(state_dir: Path) -> Addresses:
    """Read `stack.json`, of whatever owner; FileNotFoundError where there is none."""
    return Addresses(**json.loads((state_dir / STACK_FILE).read_text()))


def write(state_dir: Path, addresses: Addresses) -> None:
    """Write `stack.json` whole or not at all, readable by its owner alone."""
    part = state_dir / f"{STACK_FILE}.part"
    with open(part, "w", opener=private) as file:
        json.dump(asdict(addresses), file, indent=2)
    part.replace(state_dir / STACK_FILE)


def remove(state_dir: Path) -> None:
    """Remove `stack.json`."""
    (state_dir / STACK_FILE).unlink(missing_ok=True)
