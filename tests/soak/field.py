"""The field of a soak: a durable stack and a mail server of its own, never the user's, and a fleet of all programs."""

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
from bellwork.ops import embedded
from bellwork.workers import due_set
from tests.soak import loans, old_feedback, old_months
from tests.soak.fleet import Fleet
from tests.soak.mailroom import Mailroom, opened
from tests.soak.sql import books, ground
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.ops.processes import Sink

#: A worker master's size: small enough for two cores, large enough that neighbours suffer when one of them dies.
PROCESSES, THREADS = 2, 4
SIZE = ("--processes", str(PROCESSES), "--threads", str(THREADS), "--worker-shutdown-timeout", "8000")
SCHEDULERS, PRODUCERS = 2, 2
#: Masters in containers that share this machine's host name, and have the same pids inside.
CONTAINERS = 2
_CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
#: Orders a second of one producer.
RATE = "6"
#: Settings of the soak; what the user's environment or `.env` says of these is left alone.
SETTINGS = {
    "WORK_MODULES": "tests.soak.work",
    "PYTHONPATH": os.pathsep.join([str(SITE), str(Path(__file__).parents[2])]),
    "MAIL_FROM": "Soak <soak@school.example>",
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
    mailroom: Mailroom

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
def open_field(seed: int, masters: int) -> Iterator[Field]:
    """Set everything up, and take it down again whatever happens."""
    # A process that is made to crash must not write its memory to the disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with ExitStack() as cleanup:
        folder = _make_folder(cleanup)
        servers = embedded.start(folder)
        cleanup.callback(servers.stop)
        mailroom = Mailroom()
        _settle(folder, servers, cleanup.enter_context(opened(mailroom)))
        _lay_out()
        log = cleanup.enter_context((folder / "programs.log").open("a", buffering=1, encoding="utf-8"))
        fleet = cleanup.enter_context(Fleet(dict(os.environ), folder, _sink(log)))
        field = Field(folder, seed, servers, fleet, mailroom)
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


def _settle(folder: Path, servers: embedded.Stack, smtp_port: int) -> None:
    """Let this process, and all that it starts, use our servers and settings, whatever the user's say."""
    loans.be_found()
    addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    places = {"STORAGE_URL": f"file://{folder / 'storage'}", "FAILPOINTS": str(folder / "failpoints")}
    mail = {"SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?tls=none"}
    os.environ.update({**SETTINGS, **addresses, **places, **mail})
    forget()
    due_set.forget()


def _lay_out() -> None:
    """Make the tables, and what is old from the beginning; from here on sessions come with odd defaults."""
    migrate.upgrade()
    with transaction() as conn:
        books.create(conn)
    old_months.lay_out()
    old_feedback.lay_out()
    with transaction() as conn:
        ground.create(conn)
        ground.change_defaults(conn)


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
    if _can_contain():
        for number in range(1, CONTAINERS + 1):
            command = [*_CONTAINER, *python, "dramatiq", "bellwork.workers.main", *SIZE]
            field.fleet.launch(f"worker-contained-{number}", command)
    _await(field, "workers", len(field.fleet.named("worker")) * PROCESSES, list_workers)
    for number in range(1, PRODUCERS + 1):
        name = f"producer-{number}"
        words = [str(field.folder), name, str(field.seed), RATE]
        field.fleet.launch(name, [*python, "tests.soak.producer", *words])
    _await(field, "orders", PRODUCERS, books.list_orders)


def _can_contain() -> bool:
    """Tell whether this machine lets us start programs in pid namespaces of their own."""
    return os.geteuid() == 0 and shutil.which("unshare") is not None


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
