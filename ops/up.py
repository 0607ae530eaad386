"""`bellwork up`: the whole stack for development, kept running until Ctrl-C: servers, schema, workers, scheduler."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db import migrate
from bellwork.db.engine import ping
from bellwork.ops.processes import Processes
from bellwork.ops.servers import provide

if TYPE_CHECKING:
    from bellwork.ops.processes import Sink

STATE_DIR = Path(".bellwork")


def commands(processes: int = 2, threads: int = 8) -> dict[str, list[str]]:
    """Name the processes of a stack and how each is started: what the Procfile's lines come to, with this Python."""
    # --path with nothing: Dramatiq would look for modules in the folder it starts in first
    master = [*_python("dramatiq"), "bellwork.workers.main", "--path", "--processes", "1", "--threads", str(threads)]
    workers = {f"worker {number + 1}": master for number in range(processes)}
    return {**workers, "scheduler": _python("bellwork.scheduler")}


def _python(module: str) -> list[str]:
    """Run a module of ours or of a library's: with -P nothing that lies in the folder we start in comes before it."""
    return [sys.executable, "-P", "-m", module]


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
