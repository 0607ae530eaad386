"""Waits until no job of a queue runs any more: the second half of `bellwork queues drain`."""

from __future__ import annotations

from time import monotonic, sleep

from bellwork.db.engine import transaction
from bellwork.db.ledger import count_running
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress

#: Seconds between two looks.
PAUSE = 0.3


def wait_until_none_runs(queue: str, patience: float | None) -> int:
    """Wait until no job of a queue runs, `patience` seconds at most; returns how many still run then."""
    began, first = monotonic(), None
    progress = Progress("job", "ended")
    try:
        while True:
            with transaction() as conn:
                running = count_running(conn, queue)
            if first is None:
                first = progress.total = running
            if not running or (patience is not None and monotonic() - began > patience):
                return running
            progress.tell(max(0, first - running))
            sleep(PAUSE)
    except KeyboardInterrupt:
        progress.clear()
        some = words.plural(running, "job")
        output.warn(f"interrupted; queue {queue!r} stays paused, {some} of it ran at the last look")
        raise
    finally:
        progress.clear()
