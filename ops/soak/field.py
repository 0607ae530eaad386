"""The field of a soak: a durable stack of its own, never the user's, and a fleet of every program there is."""

from __future__ import annotations

import os
import resource
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bellwork.db import migrate
from bellwork.db.engine import forget, transaction
from bellwork.db.ledger import list_workers
from bellwork.db.queries import soak
from bellwork.ops import embedded
from bellwork.ops.soak import old_feedback, old_months
from bellwork.ops.soak.fleet import Fleet
from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.ops.processes import Sink
    from bellwork.ops.soak.rig import Rig

#: A worker master's size: small enough for two cores, large enough that neighbours suffer when one of them dies.
PROCESSES, THREADS = 2, 4
SIZE = ("--processes", str(PROCESSES), "--threads", str(THREADS), "--worker-shutdown-timeout", "8000")
SCHEDULERS, PRODUCERS = 2, 2
#: Orders a second of one producer.
RATE = "6"
#: Settings of the soak; what the user's environment or `.env` says of these is left alone.
SETTINGS = {
    "WORK_MODULES": "bellwork.tasks.soak",
    "KILL_GRACE": "1",
    # Nobody's job may die of what the nemesis does; that poison does is for other tests.
    "MAX_CRASHES": "100",
    **dict.fromkeys(("SCHEMAS", "LLM_BASE_URL", "TTS_BASE_URL"), ""),
}
#: Seconds until every worker of a new fleet has to be there.
BOOT = 60.0


@dataclass
class Field:
    """Everything that a nemesis can get hold of."""

    folder: Path
    seed: int
    servers: embedded.Stack
    fleet: Fleet
    rig: Rig

    @property
    def failpoints(self) -> Path:
        """The folder for orders to the failpoints of all programs."""
        return self.folder / "failpoints"

    @property
    def log(self) -> Path:
        """What the programs wrote."""
        return self.folder / "programs.log"

    def keep(self) -> Path:
        """Keep the folder with journals, log and database when all is over; returns it."""
        (self.folder / "keep").touch()
        return self.folder


@contextmanager
def open_field(seed: int, masters: int, rig: Rig) -> Iterator[Field]:
    """Set everything up, and take it down again whatever happens."""
    # A process that is made to crash must not write its memory to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with ExitStack() as cleanup:
        folder = _make_folder(cleanup)
        servers = embedded.start(folder)
        cleanup.callback(servers.stop)
        _settle(folder, servers, rig)
        migrate.upgrade()
        with transaction() as conn:
            soak.create(conn)
        old_months.lay_out()
        old_feedback.lay_out()
        log = cleanup.enter_context((folder / "programs.log").open("a", buffering=1, encoding="utf-8"))
        fleet = cleanup.enter_context(Fleet(dict(os.environ), folder, _sink(log)))
        field = Field(folder, seed, servers, fleet, rig)
        rig.prepare(field)
        _launch(field, masters)
        yield field


def _make_folder(cleanup: ExitStack) -> Path:
    """Make the folder, which PostgreSQL's user may walk through; it is removed unless somebody wants to keep it."""
    folder = Path(tempfile.mkdtemp(prefix="bellwork-soak-")).resolve()
    folder.chmod(0o711)
    (folder / "failpoints").mkdir()
    cleanup.callback(_remove, folder)
    return folder


def _remove(folder: Path) -> None:
    if not (folder / "keep").exists():
        data = (folder / "postgres").resolve()
        shutil.rmtree(folder)
        if data.parent != folder:
            shutil.rmtree(data.parent)


def _settle(folder: Path, servers: embedded.Stack, rig: Rig) -> None:
    """Let this process, and all that it starts, use our servers and settings, whatever the user's say."""
    addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    places = {"STORAGE_URL": f"file://{folder / 'storage'}", "SMTP_URL": f"file://{folder / 'mail'}"}
    os.environ.update({**SETTINGS, **addresses, **places, "FAILPOINTS": str(folder / "failpoints"), **rig.settings})
    forget()
    due_set.forget()


def _sink(log: TextIO) -> Sink:
    began = time.monotonic()
    return lambda name, line: print(f"{time.monotonic() - began:8.2f} {name}: {line}", file=log)


def _launch(field: Field, masters: int) -> None:
    """Start the fleet, and return when every worker is there and every producer at work."""
    python = [sys.executable, "-m"]
    for number in range(1, masters + 1):
        field.fleet.launch(f"worker-{number}", [*python, "dramatiq", "bellwork.workers.main", *SIZE])
    for number in range(1, SCHEDULERS + 1):
        field.fleet.launch(f"scheduler-{number}", [*python, "bellwork.scheduler"])
    field.rig.launch(field)
    _await(field, "workers", len(field.fleet.named("worker")) * PROCESSES, list_workers)
    for number in range(1, PRODUCERS + 1):
        name = f"producer-{number}"
        words = [str(field.folder), name, str(field.seed), RATE]
        field.fleet.launch(name, [*python, field.rig.producer, *words])
    _await(field, "orders", PRODUCERS, soak.list_orders)


def _await(field: Field, what: str, count: int, listed: Callable[[Connection], list[Any]]) -> None:
    deadline = time.monotonic() + BOOT
    while time.monotonic() < deadline:
        with transaction() as conn:
            if len(listed(conn)) >= count:
                return
        time.sleep(0.1)
    raise embedded.EmbeddedError(
        f"there were no {count} {what} after {BOOT:g} s; programs.log in {field.keep()} says why"
    )
