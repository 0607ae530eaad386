"""Both servers of one state directory, behind one lock: started together, stopped together, recorded while they run."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.ops.embedded import binaries, lock, places, reachable, record
from bellwork.ops.embedded.account import postgres_account
from bellwork.ops.embedded.errors import EmbeddedError
from bellwork.ops.embedded.postgres import Postgres
from bellwork.ops.embedded.valkey import Valkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded.account import Account

#: The servers of a supervisor that was killed get this many seconds to go before a new start gives up.
PATIENCE = 30.0
#: A stack stops within half a second of its parent's end; who starts the next one at once should not be refused.
HANDOVER = 2.0


@dataclass(frozen=True)
class Servers:
    """The two servers, and what is known of them."""

    state_dir: Path
    postgres: Postgres
    valkey: Valkey

    def record(self) -> record.Addresses:
        """Write down, and return, where the servers are now."""
        addresses = record.Addresses(
            database_url=self.postgres.url,
            redis_url=self.valkey.url,
            supervisor_pid=os.getpid(),
            postgres_pid=self.postgres.pid,
            redis_pid=self.valkey.pid,
            bindir=str(self.postgres.bindir),
            socket_dir=str(self.postgres.sockets),
            data_dir=str(self.postgres.data),
        )
        record.write(self.state_dir, addresses)
        return addresses


@contextmanager
def open_servers(state_dir: Path, *, durable: bool, parent: int) -> Iterator[Servers]:
    """Run both servers on a prepared state directory for as long as the block lasts.

    Raises EmbeddedError where another stack holds the directory, naming its process.
    """
    with ExitStack() as cleanup:
        _lock_supervisor(state_dir, parent, cleanup)
        servers_lock = _lock_servers(state_dir, cleanup)
        _sweep(state_dir, servers_lock)
        servers = _arrange(state_dir, servers_lock, cleanup, durable=durable)
        cleanup.callback(record.remove, state_dir)
        for server in (servers.valkey, servers.postgres):
            cleanup.callback(server.stop)
            server.start()
        yield servers


def _lock_supervisor(state_dir: Path, parent: int, cleanup: ExitStack) -> None:
    """Take the lock of this process alone, waiting a moment for a stack whose parent has just gone."""
    path = state_dir / record.LOCK_FILE
    descriptor = lock.acquire(path, HANDOVER)
    if descriptor is None:
        raise EmbeddedError(
            f"an embedded stack already runs on {str(state_dir)!r} ({path.read_text().strip()}); "
            "use that one, stop it, or choose another state directory"
        )
    cleanup.callback(os.close, descriptor)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"supervisor process {os.getpid()}, started by process {parent}\n".encode(), 0)


def _lock_servers(state_dir: Path, cleanup: ExitStack) -> int:
    """Take the lock that every server process inherits: it is free when the last of them is gone."""
    descriptor = lock.acquire(state_dir / "servers.lock", PATIENCE)
    if descriptor is None:
        raise EmbeddedError(
            f"the servers of a stack that was killed on {str(state_dir)!r} are still stopping after {PATIENCE:g} s; "
            f"see {state_dir / 'postgres.log'} and try again"
        )
    cleanup.callback(os.close, descriptor)
    return descriptor


def _sweep(state_dir: Path, servers_lock: int) -> None:
    """Remove what a killed supervisor could not: its record, and the socket directory that the lock file names.

    Anybody may have written that file who could write to the state directory: nothing else is ever removed.
    """
    left = os.pread(servers_lock, 4096, 0).decode(errors="replace").strip()
    if left and places.is_socket_dir(Path(left), postgres_account()):
        shutil.rmtree(left, ignore_errors=True)
    os.ftruncate(servers_lock, 0)
    record.remove(state_dir)


def _make_sockets(account: Account, servers_lock: int, cleanup: ExitStack) -> Path:
    sockets = places.make_socket_dir(account)
    cleanup.callback(os.ftruncate, servers_lock, 0)
    cleanup.callback(shutil.rmtree, sockets, ignore_errors=True)
    os.pwrite(servers_lock, f"{sockets}\n".encode(), 0)
    return sockets


def _arrange(state_dir: Path, servers_lock: int, cleanup: ExitStack, *, durable: bool) -> Servers:
    account = postgres_account()
    tree = reachable.programs(binaries.postgres_tree(), "share/postgresql/postgres.bki", account)
    sockets = _make_sockets(account, servers_lock, cleanup)
    postgres = Postgres(
        bindir=tree / "bin",
        data=places.data_dir(state_dir, account) if durable else sockets / "postgres",
        sockets=sockets,
        log=state_dir / "postgres.log",
        account=account,
        durable=durable,
        lock=servers_lock,
    )
    valkey = Valkey(
        program=binaries.valkey_server(),
        data=(state_dir if durable else sockets) / "valkey",
        sockets=sockets,
        log=state_dir / "valkey.log",
        durable=durable,
        lock=servers_lock,
    )
    return Servers(state_dir, postgres, valkey)
