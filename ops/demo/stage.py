"""The stage of the demo: embedded servers in a directory of their own, a mail server, a voice, and the processes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db import migrate
from bellwork.db.engine import forget
from bellwork.db.settings import settings
from bellwork.ops import embedded
from bellwork.ops.demo.mailbox import Mailbox
from bellwork.ops.demo.place import DemoPlace
from bellwork.ops.demo.voice import VoiceService
from bellwork.ops.processes import Processes
from bellwork.ops.up import commands
from bellwork.scheduler.declare import synchronise
from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

#: Until the servers stand: settings can be read, and nothing can be reached.
_NOWHERE = {"DATABASE_URL": "postgresql://nowhere.invalid/none", "REDIS_URL": "redis://nowhere.invalid"}
#: The demo has its own of everything; what the user's environment or `.env` sets for these is left alone.
_OWN = (
    "BELLWORK_SCHEMAS",
    "SCHEMAS",
    "BELLWORK_WORK_MODULES",
    "WORK_MODULES",
    "LLM_BASE_URL",
    "LLM_API_KEY",
    "TTS_API_KEY",
)
#: Seconds for what still runs when the demo is over; everything worth keeping is done by then.
FAREWELL = 10.0


@dataclass(frozen=True)
class Stage:
    """A running stack, what a scene finds around it, and how many seconds each step of its making took."""

    state_dir: Path
    servers: embedded.Stack
    processes: Processes
    place: DemoPlace
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What the processes wrote."""
        return self.state_dir / "processes.log"


@contextmanager
def own_settings() -> Iterator[None]:
    """Let the settings that count be the demo's own, for as long as the block lasts."""
    with _environment({**_NOWHERE, **dict.fromkeys(_OWN, "")}):
        yield


@contextmanager
def open_stage(meanwhile: Callable[[], None]) -> Iterator[Stage]:
    """Set everything up, under settings of its own, and take it down again whatever happens; nothing is left of it.

    `meanwhile` is called while the servers start.
    """
    watch = _Watch()
    with ExitStack() as cleanup:
        state_dir = Path(tempfile.mkdtemp(prefix="bellwork-demo-"))
        cleanup.callback(shutil.rmtree, state_dir, ignore_errors=True)
        servers = _start(state_dir, meanwhile, cleanup)
        watch.note("servers started")
        place = DemoPlace(cleanup.enter_context(Mailbox()), cleanup.enter_context(VoiceService()))
        cleanup.enter_context(_environment(_settings(state_dir, servers, place)))
        migrate.upgrade()
        synchronise()
        watch.note("schema and calendar made")
        yield Stage(state_dir, servers, _processes(state_dir, cleanup), place, watch.seconds)


def _start(state_dir: Path, meanwhile: Callable[[], None], cleanup: ExitStack) -> embedded.Stack:
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(embedded.start, state_dir, durable=False)
        cleanup.callback(_stop, starting)
        meanwhile()
        return starting.result()


def _stop(starting: Future[embedded.Stack]) -> None:
    if starting.exception() is None:
        starting.result().stop()


class _Watch:
    """Notes how long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def note(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step], self._last = now - self._last, now


def _settings(state_dir: Path, servers: embedded.Stack, place: DemoPlace) -> dict[str, str]:
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "STORAGE_URL": f"file://{state_dir / 'storage'}",
        "SMTP_URL": place.mailbox.url,
        "TTS_BASE_URL": place.voice.url,
        # Workers start in another folder, with another `.env` or none.
        "BELLWORK_SYSTEMS": settings().systems or "",
    }


@contextmanager
def _environment(ours: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    _forget()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        _forget()


def _forget() -> None:
    forget()
    due_set.forget()


def _processes(state_dir: Path, cleanup: ExitStack) -> Processes:
    log = cleanup.enter_context((state_dir / "processes.log").open("a", buffering=1, encoding="utf-8"))
    processes = Processes(
        commands(), _surroundings(state_dir), lambda name, line: print(f"{name}: {line}", file=log), state_dir
    )
    cleanup.callback(processes.stop, FAREWELL)
    processes.start()
    return processes


def _surroundings(state_dir: Path) -> dict[str, str]:
    """Return the environment of the processes.

    A system may lie in the folder that we started in, where that may be believed. What a killed process leaves in its
    folder of temporary files goes with the stage.
    """
    here, temporary = str(Path.cwd()), state_dir / "tmp"
    temporary.mkdir()
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), here if here in sys.path else ""]))
    return {**os.environ, "PYTHONPATH": path, "TMPDIR": str(temporary)}
