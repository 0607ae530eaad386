"""The stage of the demo: embedded servers in a directory of their own, a mail server, a voice, and the processes."""

from __future__ import annotations

import os
import secrets
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db import migrate
from bellwork.db.settings import settings
from bellwork.ops.demo.campus import campus
from bellwork.ops.demo.mailbox import Mailbox
from bellwork.ops.demo.place import DemoPlace
from bellwork.ops.demo.surroundings import surroundings
from bellwork.ops.demo.voice import VoiceService
from bellwork.ops.processes import Processes
from bellwork.ops.up import commands
from bellwork.scheduler.declare import synchronise
from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from bellwork.ops.embedded import Stack


@dataclass(frozen=True)
class Stage:
    """A running stack, what a scene finds around it, and how many seconds each step of its making took."""

    state_dir: Path
    servers: Stack
    processes: Processes
    place: DemoPlace
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What the processes wrote."""
        return self.state_dir / "processes.log"


@contextmanager
def open_stage(state_dir: Path, starting: Future[Stack], began: float) -> Iterator[Stage]:
    """Wait for the servers, set up the rest around them, and take that down again whatever happens.

    `began` is when the demo did, on the monotonic clock.
    """
    watch = _Watch(began)
    with ExitStack() as cleanup:
        watch.note("everything loaded")
        servers = starting.result()
        watch.note("servers waited for")
        place = DemoPlace(cleanup.enter_context(Mailbox()), cleanup.enter_context(VoiceService()))
        ours = _settings(state_dir, servers, place) | cleanup.enter_context(campus(state_dir))
        cleanup.enter_context(surroundings(ours))
        cleanup.callback(due_set.forget)
        migrate.upgrade()
        synchronise()
        watch.note("schema and calendar made")
        yield Stage(state_dir, servers, _processes(state_dir, cleanup), place, watch.seconds)


class _Watch:
    """Notes how long each step took."""

    def __init__(self, began: float) -> None:
        self.seconds: dict[str, float] = {}
        self._last = began

    def note(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step], self._last = now - self._last, now


def _settings(state_dir: Path, servers: Stack, place: DemoPlace) -> dict[str, str]:
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "STORAGE_URL": f"file://{state_dir / 'storage'}",
        "SMTP_URL": place.mailbox.url,
        # Nobody answers there: a scene that uses a link in a letter does what the web process would.
        "MAIL_URL": "https://learning.example",
        "MAIL_KEY": secrets.token_hex(32),
        "INVITATION_URL": "https://learning.example/welcome",
        "TTS_BASE_URL": place.voice.url,
        # Workers start in another folder, with another `.env` or none.
        "BELLWORK_SYSTEMS": settings().systems or "",
    }


def _processes(state_dir: Path, cleanup: ExitStack) -> Processes:
    log = cleanup.enter_context((state_dir / "processes.log").open("a", buffering=1, encoding="utf-8"))
    around = _around_processes(state_dir)
    processes = Processes(commands(), around, lambda name, line: print(f"{name}: {line}", file=log), state_dir)
    # Whatever they still do is thrown away with the stage, so none of them is waited for.
    cleanup.callback(processes.stop, 0.0)
    processes.start()
    return processes


def _around_processes(state_dir: Path) -> dict[str, str]:
    """Return the environment of the processes.

    A system may lie in the folder that we started in, where that may be believed. What a killed process leaves in its
    folder of temporary files goes with the stage.
    """
    here, temporary = str(Path.cwd()), state_dir / "tmp"
    temporary.mkdir()
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here if here in sys.path else ""]))
    return {**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)}
