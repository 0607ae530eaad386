"""What is wrong, the most harmful first: since when, why, what comes of it, and the safe next step.

What keeps everything from being known or moving stands before any queue, and a cause before what it causes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from bellwork.ops import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.snapshot import QueueSnapshot
    from bellwork.ops.look.picture import Picture

#: Seconds that a job may be ready before its queue is late, and that a queue may stay paused before it is asked about.
LATE, FORGOTTEN = 60.0, 3600.0
#: Above this share of failures among what was finished lately, failing is the cause.
FAILING = 0.2


class Step(NamedTuple):
    """A safe act: its name among the acts of pages, what it is called, and what it is about."""

    act: str
    words: str
    about: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `leads` is the page that shows more of it."""

    kind: Literal["fail", "warn"]
    title: str
    cause: str = ""
    forecast: str = ""
    mend: str = ""
    leads: str = ""
    step: Step | None = None


def problems(picture: Picture) -> list[Problem]:
    """List what is wrong, the most harmful first."""
    return [*_ground(picture), *_queues(picture), *_beside(picture)]


def verdict(picture: Picture, found: list[Problem]) -> tuple[str, str]:
    """Return 'ok', 'warn' or 'fail', and one sentence: the worst that is; or that all is well, and what shows it."""
    if found:
        first = found[0]
        more = f" And {words.plural(len(found) - 1, 'more problem')}." if len(found) > 1 else ""
        return first.kind, f"{': '.join(filter(None, (first.title, first.cause)))}.{more}"
    lives = [("the newest job was finished", picture.last_finished), ("the last tick was decided", picture.last_tick)]
    shown = [f"{what} {words.duration((picture.at - at).total_seconds())} ago" for what, at in lives if at]
    alive = f"{words.plural(picture.snapshot.workers, 'worker')} alive" if picture.snapshot else ""
    return "ok", f"All is well: {', '.join(filter(None, [alive, *shown]))}."


def is_late(queue: QueueSnapshot) -> bool:
    """Tell whether the oldest ready job of a queue has waited longer than it may."""
    return bool(queue.ready) and queue.oldest_ready_seconds > LATE


def cause(queue: QueueSnapshot) -> str:
    """Say why jobs of a queue wait: the first reason that is found."""
    if queue.paused_at:
        because = f": {queue.pause_reason}" if queue.pause_reason else ""
        until = f" until {words.moment(queue.paused_until)}" if queue.paused_until else ""
        return f"paused by {queue.paused_by} since {words.moment(queue.paused_at)}{until}{because}"
    if not queue.workers:
        return "no live worker listens to it"
    finished = queue.out_rate + queue.failed_rate
    if finished and queue.failed_rate / finished > FAILING:
        return f"{queue.failed_rate / finished:.0%} of what runs fails"
    return _pace(queue)


def _pace(queue: QueueSnapshot) -> str:
    if queue.out_rate and queue.in_rate >= queue.out_rate:
        return f"{queue.in_rate:.1f} jobs a second come, {queue.out_rate:.1f} are finished"
    if queue.out_rate:
        return f"a backlog that is worked off at {queue.out_rate - queue.in_rate:.1f} a second"
    if not queue.running:
        return "workers listen to it, and none of its jobs runs"
    usual = f"; as a rule they take {words.duration(queue.run_p95)} at most" if queue.run_p95 else ""
    run = "1 job of it runs" if queue.running == 1 else f"{queue.running:,} jobs of it run"
    return f"{run}, and none was finished lately{usual}"


def forecast(queue: QueueSnapshot) -> str:
    """Say what comes of it if rates stay as they are."""
    if not queue.ready:
        return "empty"
    if (left := queue.drain_seconds) is not None:
        return f"empty in {words.duration(left)}"
    if queue.in_rate > queue.out_rate:
        return f"grows by {(queue.in_rate - queue.out_rate) * 60:,.0f} a minute"
    return "stays as it is"


def _ground(picture: Picture) -> Iterator[Problem]:
    if not picture.takes_writes:
        yield Problem(
            "fail",
            "PostgreSQL takes no writes",
            "DATABASE_URL leads to a standby, or the server is set to read-only",
            "no job is claimed or finished, and nothing can be changed here",
            "name the primary in DATABASE_URL",
        )
    if not picture.redis:
        moves = "jobs come seconds late, and none is lost"
        yield Problem("fail", "Redis does not answer", "", moves, "start it, or correct REDIS_URL")
    snapshot = picture.snapshot
    if snapshot is None or snapshot.is_stale:
        since = f" for {words.duration(snapshot.age)}" if snapshot else ""
        yield Problem(
            "fail",
            f"No snapshot was taken{since}" if snapshot else "No snapshot was ever taken",
            "no scheduler runs, or none reaches PostgreSQL",
            "figures here are old, and nothing that is due by the clock runs" if snapshot else "there are no figures",
            "start `python -m bellwork.scheduler`",
            "/schedule",
        )
    if snapshot is None:
        return
    if not snapshot.workers:
        ready = picture.total("ready")
        gone = f"{words.plural(snapshot.silent_workers, 'process')} fell silent" if snapshot.silent_workers else ""
        yield Problem(
            "fail" if ready else "warn",
            "No worker is alive",
            gone.replace("processs", "processes"),
            f"{words.plural(ready, 'ready job')} wait, and nothing moves" if ready else "no job is ready",
            "start `bellwork worker` or `bellwork up`",
            "/workers",
        )


def _queues(picture: Picture) -> Iterator[Problem]:
    if picture.snapshot is None:
        return
    stuck = not picture.snapshot.workers
    for queue in sorted(filter(is_late, picture.queues), key=lambda each: -each.oldest_ready_seconds * each.ready):
        if (stuck or not queue.workers) and not queue.paused_at:
            continue  # told once, of all of them
        late = words.duration(queue.oldest_ready_seconds)
        resume = Step("queues/resume", "Resume it", {"queue": queue.queue}) if queue.paused_at else None
        yield Problem(
            "warn" if queue.paused_at or queue.drain_seconds is not None else "fail",
            f"Queue {queue.queue!r} is late: {words.plural(queue.ready, 'job')} ready, the oldest for {late}",
            cause(queue),
            forecast(queue),
            "" if queue.paused_at else "more workers, or see why its jobs fail or take long",
            f"/queues/{queue.queue}",
            resume,
        )
    if not stuck:
        yield from _unserved(picture)


def _unserved(picture: Picture) -> Iterator[Problem]:
    assert picture.snapshot is not None  # noqa: S101 - it was looked at
    if rows := picture.snapshot.unheard_queues:
        names = ", ".join(repr(row["queue"]) for row in rows[:3])
        waiting = words.plural(sum(row["waiting"] for row in rows), "job")
        yield Problem(
            "fail",
            f"{waiting} in queues that no live worker listens to",
            names,
            "they wait until one does",
            "start a worker with `--queues`, or cancel them if the name is wrong",
            f"/queues/{rows[0]['queue']}",
        )
    if rows := picture.snapshot.unknown_actors:
        names = ", ".join(str(row["actor"]) for row in rows[:3])
        waiting = words.plural(sum(row["waiting"] for row in rows), "job")
        mend = "start a worker of the release that has them; after a deploy, `bellwork jobs compat`"
        leads = f"/jobs?actor={rows[0]['actor']}"
        yield Problem("fail", f"{waiting} for actors that no live worker knows", names, "they wait", mend, leads)


def _beside(picture: Picture) -> Iterator[Problem]:
    if picture.overdue:
        names = f"{', '.join(picture.overdue[:3])}{', …' if len(picture.overdue) > 3 else ''}"  # noqa: PLR2004
        yield Problem(
            "fail",
            f"The schedule stands still: {len(picture.overdue)} overdue",
            f"no scheduler decides {names}",
            "what is due by the clock does not run; each tick is caught up or recorded as missed later",
            "start `python -m bellwork.scheduler`",
            "/schedule",
        )
    if picture.mail_held_since:
        yield Problem(
            "warn",
            f"Letters are held since {words.moment(picture.mail_held_since)}",
            picture.mail_held_said,
            f"{words.plural(picture.letters_waiting, 'letter')} wait, and none is given up; one is tried now and then",
            "mend what the mail server says",
            "/mail",
        )
    if picture.short_of_partitions:
        names = ", ".join(picture.short_of_partitions)
        mend = "start `python -m bellwork.scheduler`, or run `bellwork partitions rotate`"
        yield Problem("warn", "Partitions run out", names, "writes fail when the last one is full", mend, "/partitions")
    if picture.quarantined:
        why = f"{', '.join(picture.quarantined[:3])}: their jobs kill process after process"
        tried, leads = "one job of each is tried now and then", f"/jobs?actor={picture.quarantined[0]}"
        yield Problem("warn", "Actors in quarantine", why, tried, "mend the actor and deploy", leads)
    if died := picture.total("dead_24h"):
        worst = max(picture.queues, key=lambda queue: queue.dead_24h)
        share = f", {worst.dead_24h:,} of them in queue {worst.queue!r}" if len(picture.queues) > 1 else ""
        title = f"{words.plural(died, 'job')} died in the last 24 hours"
        yield Problem("warn", f"{title}{share}", "", "they stay dead until somebody retries them", "", "/failures")
    for queue in picture.queues:
        if queue.paused_at and not is_late(queue) and (picture.at - queue.paused_at).total_seconds() > FORGOTTEN:
            title, leads = f"Queue {queue.queue!r} is still paused", f"/queues/{queue.queue}"
            step = Step("queues/resume", "Resume it", {"queue": queue.queue})
            yield Problem("warn", title, cause(queue), "what comes waits", "", leads, step)
    if picture.letters_unknown:
        title = f"Nobody knows whether {words.plural(picture.letters_unknown, 'letter')} came"
        so, mend = "they are not sent again by themselves", "decide: send it again, or believe that it came"
        yield Problem("warn", title, "the mail server's answer was lost", so, mend, "/mail")
