"""The field of a soak: a durable stack and a mail server of its own, never the user's, and a fleet of all programs."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bellwork.db import migrate
from bellwork.db.engine import forget, transaction
from bellwork.ops import embedded
from bellwork.workers import due_set
from tests.soak import helped, learned, loans, old_feedback, old_months, taught, tutored
from tests.soak.fleet import Fleet
from tests.soak.launch import launch
from tests.soak.mailroom import Mailroom, opened
from tests.soak.sql import ground, order_rows
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.processes import Sink

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
        launch(field, masters)
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
        order_rows.create(conn)
    old_months.lay_out()
    old_feedback.lay_out()
    with transaction() as conn:
        ground.create(conn)
        tutored.lay_out(conn)
        learned.lay_out(conn)
        taught.lay_out(conn)
        helped.lay_out(conn)
        ground.change_defaults(conn)


def _sink(log: TextIO) -> Sink:
    began = time.monotonic()
    return lambda name, line: print(f"{time.monotonic() - began:8.2f} {name}: {line}", file=log)
