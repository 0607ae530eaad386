"""`bellwork up`: the whole stack for development, kept running until Ctrl-C: servers, schema, workers, scheduler."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from db import migrate
from db.engine import ping
from ops.processes import Processes
from ops.servers import provide

if TYPE_CHECKING:
    from ops.processes import Sink

STATE_DIR = Path(".bellwork")


def commands(processes: int = 2, threads: int = 8) -> dict[str, list[str]]:
    """Name the processes of a stack and how each is started: the lines of the Procfile, with this Python."""
    return {
        "worker": [
            sys.executable,
            "-m",
            "dramatiq",
            "workers.main",
            "--processes",
            str(processes),
            "--threads",
            str(threads),
        ],
        "scheduler": [sys.executable, "-m", "scheduler"],
    }


def up(say: Sink, state_dir: Path = STATE_DIR) -> int:
    """Run the stack until SIGTERM or Ctrl-C; what is said, and what the processes write, goes to `say(name, line)`."""
    with ExitStack() as cleanup:
        _stop_on_signal(cleanup)
        try:
            _run(say, state_dir, cleanup)
        except KeyboardInterrupt:
            say("bellwork", "stopping: what runs is finished first, within 30 s")
    say("bellwork", "stopped")
    return 0


def _run(say: Sink, state_dir: Path, cleanup: ExitStack) -> None:
    stack = provide(state_dir, cleanup)
    ping()
    migrate.upgrade()
    if stack:
        say("bellwork", f"embedded servers run on {state_dir.resolve()} (development only)")
        say("bellwork", f"DATABASE_URL={stack.database_url}")
        say("bellwork", f"REDIS_URL={stack.redis_url}")
    processes = Processes(commands(), os.environ, say)
    cleanup.callback(processes.stop)
    processes.start()
    say("bellwork", "up; `bellwork status` in another terminal shows the queues, Ctrl-C stops")
    while True:
        processes.tend(0.2)


def _stop_on_signal(cleanup: ExitStack) -> None:
    """Make SIGTERM mean what Ctrl-C means."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    cleanup.callback(signal.signal, signal.SIGTERM, before)
