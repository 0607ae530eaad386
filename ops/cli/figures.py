"""The figures of queues by the snapshot as a table: what `queues list`, `top` and `check` show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db import quick
from bellwork.db.snapshot import latest
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.output import UNKNOWN
from bellwork.ops.look.late import is_late
from bellwork.ops.look.lists import in_trouble_order

if TYPE_CHECKING:
    from bellwork.db.quick import Driver
    from bellwork.db.snapshot import QueueSnapshot, Snapshot

COLUMNS = (
    "queue",
    "ready",
    "oldest",
    "running",
    "later",
    "in/s",
    "out/s",
    "drain",
    "wait p95",
    "run p95",
    "dead",
    "state",
)
NUMBERS = COLUMNS[1:-1]


def read() -> Snapshot:
    """Return the latest snapshot, queues in trouble first; ends with exit code 3 where there is none to be had."""
    with output.unknown_without_postgres(), quick.session() as driver:
        found = of(driver)
    if found is None:
        output.fail("no scheduler has ever taken a snapshot; start `python -m bellwork.scheduler`", UNKNOWN)
    return found


def of(driver: Driver) -> Snapshot | None:
    """Return the latest snapshot with its queues in order of trouble: paused with work, late, dying, then by name."""
    found = latest(driver)
    if found is None:
        return None
    return type(found)(**{**vars(found), "queues": tuple(in_trouble_order(found.queues))})


def row(queue: QueueSnapshot) -> list[str]:
    """Return a queue's cells, as COLUMNS names them."""
    return [
        queue.queue,
        f"{queue.ready:,}",
        words.duration(queue.oldest_ready_seconds) if queue.ready else "-",
        f"{queue.running:,}",
        f"{queue.scheduled:,}",
        _rate(queue.in_rate),
        _rate(queue.out_rate),
        _drain(queue),
        words.duration(queue.wait_p95),
        words.duration(queue.run_p95),
        f"{queue.dead_24h:,}",
        state(queue),
    ]


def state(queue: QueueSnapshot) -> str:
    """Say in a few words how a queue stands."""
    if queue.paused_at:
        return f"paused {words.paused(vars(queue))}"
    if queue.ready and not queue.workers:
        return "no worker"
    full = f", {queue.at_once:,} at once at most" if queue.at_once else ""
    return f"{'late' if is_late(queue) else 'ok'}{full}"


def about(found: Snapshot) -> str:
    """Say how old the figures are, and that they are too old where they are."""
    age = f"{words.plural(found.workers, 'worker')} alive; figures of {words.duration(found.age)} ago"
    return f"{age}: NO SCHEDULER RENEWS THEM, start `python -m bellwork.scheduler`" if found.is_stale else age


def _rate(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 0.05 else "-" if not rate else f"{rate:.2f}"  # noqa: PLR2004 - places


def _drain(queue: QueueSnapshot) -> str:
    if not queue.ready:
        return "-"
    return "never" if queue.drain_seconds is None else words.duration(queue.drain_seconds)
