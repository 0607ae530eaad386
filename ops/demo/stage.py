"""The stage of the demo: embedded servers in a directory of their own, samples, a damaged figure, and the processes."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db import migrate
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import forget, transaction
from bellwork.ops import embedded
from bellwork.ops.demo.cases import DAMAGED_FIGURE, HARD_TO_SAY
from bellwork.ops.demo.voice import VoiceService
from bellwork.ops.processes import Processes
from bellwork.ops.up import commands
from bellwork.tasks import providers
from bellwork.workers import due_set

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A PNG's signature and the beginning of its header: it says what it is, and then it ends.
DAMAGED_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03 \x00\x00"
#: The demo has its own of everything; what the user's environment or `.env` sets for these is left alone.
OWN = (
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
    """A running stack."""

    state_dir: Path
    servers: embedded.Stack
    processes: Processes
    voice: VoiceService

    @property
    def log(self) -> Path:
        """What the processes wrote."""
        return self.state_dir / "processes.log"


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Set everything up, and take it down again whatever happens; nothing is left but the films."""
    with ExitStack() as cleanup:
        state_dir = Path(tempfile.mkdtemp(prefix="bellwork-demo-"))
        cleanup.callback(shutil.rmtree, state_dir, ignore_errors=True)
        servers = embedded.start(state_dir, durable=False)
        cleanup.callback(servers.stop)
        voice = cleanup.enter_context(VoiceService(HARD_TO_SAY))
        cleanup.enter_context(_environment(_settings(state_dir, servers, voice)))
        _prepare()
        yield Stage(state_dir, servers, _processes(state_dir, cleanup), voice)


def _settings(state_dir: Path, servers: embedded.Stack, voice: VoiceService) -> dict[str, str]:
    return {
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "STORAGE_URL": f"file://{state_dir / 'storage'}",
        "SMTP_URL": f"file://{state_dir / 'mail'}",
        "TTS_BASE_URL": voice.url,
        "BELLWORK_SYSTEMS": "content",
        **dict.fromkeys(OWN, ""),
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


def _prepare() -> None:
    migrate.upgrade()
    with transaction() as conn:
        load_samples(conn)
    providers.storage().put(DAMAGED_FIGURE, DAMAGED_PNG)


def _processes(state_dir: Path, cleanup: ExitStack) -> Processes:
    log = cleanup.enter_context((state_dir / "processes.log").open("a", buffering=1, encoding="utf-8"))
    processes = Processes(commands(), os.environ, lambda name, line: print(f"{name}: {line}", file=log), state_dir)
    cleanup.callback(processes.stop, FAREWELL)
    processes.start()
    return processes
