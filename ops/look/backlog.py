"""Jobs that wait and should not: of kinds that cannot run, in late queues, in queues whose pause was forgotten."""

from __future__ import annotations

from datetime import timedelta
from shlex import quote
from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.look.late import cause, forecast, is_late
from bellwork.ops.look.problem import Problem, Step, first, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellwork.db.snapshot import QueueSnapshot
    from bellwork.db.snapshot.tenants import Heaviest
    from bellwork.ops.look.picture import Picture

#: Seconds for which a queue may be paused before it is asked about.
FORGOTTEN = 3600.0


def stopped_kinds(picture: Picture) -> Iterator[Problem]:
    """Kinds of jobs that cannot run, whatever their queue does."""
    if stopped := picture.around["quarantined"]:
        yield Problem(
            "fail",
            f"Quarantined: {first(stopped)}",
            "their jobs kill process after process" if len(stopped) > 1 else "its jobs kill process after process",
            "they wait; one job of each is tried now and then",
            f"mend the actor and deploy; `bellwork jobs list --actor {quote(stopped[0])}` shows what it was given",
            "JobsQuarantined",
            leads=f"/jobs?actor={stopped[0]}",
        )
    if picture.figures is None or not picture.workers:
        return
    if rows := picture.figures.unheard_queues:
        yield Problem(
            "warn",
            f"{_waits(rows)} in queues that no live worker listens to",
            first([row["queue"] for row in rows]),
            "they wait until one does",
            f"start `bellwork worker --queues {quote(rows[0]['queue'])}`, or cancel them if the name is wrong",
            "QueueNotMoving",
            leads=f"/queues/{rows[0]['queue']}",
        )
    if rows := picture.figures.unknown_actors:
        yield Problem(
            "warn",
            f"{_waits(rows)} for actors that no live worker knows",
            first([row["actor"] for row in rows]),
            "they wait until one does",
            "start a worker of the release that has them; after a deploy, `bellwork jobs compat`",
            "JobsUnknown",
            min((at for row in rows if (at := moment(row["oldest"]))), default=None),
            f"/jobs?actor={rows[0]['actor']}",
        )


def late_queues(picture: Picture) -> Iterator[Problem]:
    """Late queues, the one that keeps most for longest first, but for those whose cause is told already."""
    for queue in sorted(filter(is_late, picture.queues), key=lambda each: -each.oldest_ready_seconds * each.ready):
        if _is_told(picture, queue):
            continue
        paused, drains = queue.paused_at is not None, queue.drain_seconds is not None
        heaviest = picture.heaviest.get(queue.queue)
        yield Problem(
            "warn" if paused or drains or picture.counted else "fail",
            f"Queue {queue.queue!r} is late: {words.plural(queue.ready, 'job')} ready,"
            f" the oldest for {words.duration(queue.oldest_ready_seconds)}",
            cause(queue, rates=not picture.counted, heaviest=heaviest),
            "" if picture.counted else forecast(queue),
            _resume(queue) if paused else _next(queue, heaviest),
            "QueuePausedTooLong" if paused else "QueueLatencyFastBurn" if drains else "QueueNotMoving",
            queue.paused_at or picture.at - timedelta(seconds=queue.oldest_ready_seconds),
            f"/queues/{queue.queue}",
            Step("queues/resume", "Resume it", {"queue": queue.queue}) if paused else None,
        )


def forgotten_pauses(picture: Picture) -> Iterator[Problem]:
    """Queues that are paused for long, though none of their jobs is late yet."""
    for queue in picture.queues:
        if queue.paused_at and not is_late(queue) and (picture.at - queue.paused_at).total_seconds() > FORGOTTEN:
            what, leads = f"Queue {queue.queue!r} is still paused", f"/queues/{queue.queue}"
            step = Step("queues/resume", "Resume it", {"queue": queue.queue})
            book = "QueuePausedTooLong"
            yield Problem(
                "warn", what, cause(queue), "what comes waits", _resume(queue), book, queue.paused_at, leads, step
            )


def _is_told(picture: Picture, queue: QueueSnapshot) -> bool:
    """Tell whether what keeps a late queue is told already, of all that it keeps."""
    if queue.paused_at:
        return False
    if not picture.workers or not queue.workers:
        return True
    rows = [row for row in picture.figures.unknown_actors if row["queue"] == queue.queue] if picture.figures else []
    return bool(rows) and (queue.out_rate > 0 or sum(row["waiting"] for row in rows) >= queue.ready)


def _waits(rows: Sequence[dict[str, Any]]) -> str:
    count = sum(row["waiting"] for row in rows)
    return "1 job waits" if count == 1 else f"{count:,} jobs wait"


def _next(queue: QueueSnapshot, heaviest: Heaviest | None) -> str:
    name = quote(queue.queue)
    if heaviest:
        these = f"--queue {name} --tenant {quote(heaviest.tenant)}"
        return f"`bellwork jobs reprioritise {these} --priority 10` lets others go first; add workers"
    return f"`bellwork jobs list --queue {name} --state running`; add workers"


def _resume(queue: QueueSnapshot) -> str:
    return f"`bellwork queues resume {quote(queue.queue)}` lets its jobs go on"
