"""A PostgreSQL of a test's own: with settings of its own, on a small volume, or following another one."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pwd import getpwuid
from typing import TYPE_CHECKING

from bellwork.db import migrate
from bellwork.ops.embedded.account import postgres_account
from bellwork.ops.embedded.places import make_socket_dir
from bellwork.ops.embedded.postgres import NAME, Postgres
from bellwork.workers import due_set
from tests.faults import ground
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack


@dataclass
class OwnPostgres(Postgres):
    """The embedded server, as a child of the test process."""

    settings: dict[str, str] = field(default_factory=dict)

    def follow(self, primary: OwnPostgres) -> None:
        """Take a copy of a running server, to follow it from now on, as `primary_conninfo` says."""
        arguments = ["--write-recovery-conf", "--checkpoint=fast", "--pgdata", str(self.data)]
        self.data.mkdir(mode=0o700)
        self.account.own(self.data)
        self._expect(primary._run("pg_basebackup", *primary._whereabouts(), *arguments, **self.account.popen()))

    def users(self) -> list[str]:
        """Let its own user in as well: a standby comes as the one who runs it."""
        return [*dict.fromkeys([*super().users(), getpwuid(self.account.uid).pw_name])]

    def _whereabouts(self) -> list[str]:
        return ["--host", str(self.sockets), "--port", "5432", "--username", NAME]

    def _command(self) -> list[str | Path]:
        return [*super()._command(), *(f"--{name}={value}" for name, value in self.settings.items())]


@contextmanager
def own_postgres(stack: Stack, place: Path | None = None, **settings: str) -> Iterator[OwnPostgres]:
    """Prepare a server with the programs of the stack; it is for the test to start it.

    Its data are in `place`, which has to be open for the user who runs it, or beside its sockets, and gone with them.
    """
    account = postgres_account()
    sockets = make_socket_dir(account)
    data, log = (place or sockets) / "data", sockets / "log"
    server = OwnPostgres(stack.bindir, data, sockets, log, account, durable=False, lock=2, settings=settings)
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(sockets)


@contextmanager
def ground_on(url: str, stack: Stack, folder: Path) -> Iterator[None]:
    """See a server's database in the environment, with the schema, the tables of these tests, and an empty Valkey."""
    with environment(DATABASE_URL=url, REDIS_URL=stack.redis_url, STORAGE_URL=f"file://{folder}/storage"):
        due_set.client().flushall()
        migrate.upgrade()
        ground.create()
        yield
