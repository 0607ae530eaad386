"""A late queue: whether it is, the probable cause, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.ops import words

if TYPE_CHECKING:
    from bellwork.db.snapshot import QueueSnapshot
    from bellwork.db.snapshot.tenants import Heaviest

#: Seconds that a job may be ready before its queue is late.
LATE = 60.0
#: Above this share of failures among what was finished lately, failing is the cause.
FAILING = 0.2


def is_late(queue: QueueSnapshot) -> bool:
    """Tell whether the oldest ready job of a queue has waited longer than it may."""
    return bool(queue.ready) and queue.oldest_ready_seconds > LATE


def cause(queue: QueueSnapshot, *, rates: bool = True, heaviest: Heaviest | None = None) -> str:
    """Say why jobs of a queue wait: the first reason that is found; empty where only rates, if known, would tell.

    `heaviest` is the tenant for whom most of what comes next is.
    """
    if queue.paused_at:
        because = f": {queue.pause_reason}" if queue.pause_reason else ""
        until = f" until {words.moment(queue.paused_until)}" if queue.paused_until else ""
        return f"paused by {queue.paused_by} since {words.moment(queue.paused_at)}{until}{because}"
    if not queue.workers:
        return "no live worker listens to it"
    if queue.at_once and queue.running >= queue.at_once:
        because = f": {queue.limit_reason}" if queue.limit_reason else ""
        return f"{queue.at_once:,} of its jobs run, which is its limit, set by {queue.limited_by}{because}"
    finished = queue.out_rate + queue.failed_rate
    if rates and finished and queue.failed_rate / finished > FAILING:
        return f"{queue.failed_rate / finished:.0%} of what runs fails"
    told = (
        f"{heaviest.jobs:,} of its next {heaviest.looked:,} jobs are for tenant {heaviest.tenant!r}" if heaviest else ""
    )
    return "; ".join(filter(None, (told, _pace(queue) if rates else "")))


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
    if (growth := round((queue.in_rate - queue.out_rate) * 60)) > 0:
        return f"grows by {growth:,} a minute"
    return "stays as it is"
