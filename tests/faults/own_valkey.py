"""A Valkey of a test's own, to be stopped, frozen, filled up, made read-only or started on yesterday's data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from bellwork.db import engine
from bellwork.ops.embedded import process
from bellwork.ops.embedded.binaries import valkey_server
from bellwork.ops.embedded.valkey import PATIENCE, Valkey
from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Whom the processes under test log in as; nobody else needs a password.
USER, PASSWORD = "worker", "old"


class OwnValkey(Valkey):
    """The embedded server, with its append-only file, as a child of the test process."""

    def start(self) -> None:
        """Start on whatever data there are, and return when it answers."""
        if self.pid:
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        user = ["--user", USER, "on", f">{PASSWORD}", "~*", "&*", "+@all"]
        with self.log.open("ab") as log:
            self.child = subprocess.Popen([str(word) for word in [*self._command(), *user]], stdout=log, stderr=log)
        process.wait_until(self._answers, self.child, self.log, PATIENCE)

    def kill(self) -> None:
        """End it by SIGKILL: what is not in the append-only file is lost."""
        self.signal(signal.SIGKILL)
        if self.child:
            self.child.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, such as SIGSTOP and SIGCONT."""
        if self.pid:
            os.kill(self.pid, number)


@contextmanager
def own_valkey(folder: Path, name: str = "valkey") -> Iterator[OwnValkey]:
    """Run a server that keeps its data in the folder."""
    sockets = Path(mkdtemp(prefix="bellwork-"))
    place, log = folder / name, folder / f"{name}.log"
    server = OwnValkey(valkey_server(), place, sockets, log, durable=True, lock=-1)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(sockets)


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Let this process, and all it starts, see other settings for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    engine.forget()
    due_set.forget()
