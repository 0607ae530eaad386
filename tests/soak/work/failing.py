"""Jobs that fail and then succeed, with words and without, that ask for time, and that can only die."""

from __future__ import annotations

import dramatiq

from bellwork.workers import Permanent, Snooze, job
from tests.soak.work.steps import LONG, PATIENT, SHORT, end, on_dead


class Unlucky(RuntimeError):  # noqa: N818 - it is bad luck by design
    """An attempt that was ordered to fail."""


class Wordless(RuntimeError):  # noqa: N818 - named for what is special about it
    """An exception that cannot be put in words."""

    def __str__(self) -> str:
        raise AttributeError("response")


@dramatiq.actor(actor_name="soak.flaky", queue_name=LONG, **PATIENT)
def flaky(order: str, luck: int) -> None:
    """Fail `luck` times, then leave an effect."""
    if job.current().retries < luck:
        raise Unlucky("not yet")
    end(order)


@dramatiq.actor(actor_name="soak.short_flaky", queue_name=SHORT, lane="short", **PATIENT)
def short_flaky(order: str, luck: int) -> None:
    """Leave an effect and fail all the same, `luck` times: that effect must vanish and its neighbours' stay."""
    end(order)
    if job.current().retries < luck:
        raise Unlucky("not yet")


@dramatiq.actor(actor_name="soak.wordless", queue_name=LONG, **PATIENT)
def wordless(order: str, luck: int) -> None:
    """Fail `luck` times without words, then leave an effect."""
    if job.current().retries < luck:
        raise Wordless
    end(order)


@dramatiq.actor(actor_name="soak.short_wordless", queue_name=SHORT, lane="short", **PATIENT)
def short_wordless(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    if job.current().retries < luck:
        raise Wordless
    end(order)


@dramatiq.actor(actor_name="soak.snoozing", queue_name=LONG, **PATIENT)
def snoozing(order: str, luck: int) -> None:
    """Ask for half a second until the attempts outnumber `luck`, then leave an effect."""
    if job.current().number <= luck:
        raise Snooze(0.5)
    end(order)


@dramatiq.actor(
    actor_name="soak.hopeless",
    queue_name=LONG,
    max_retries=2,
    min_backoff=100,
    max_backoff=500,
    on_dead=on_dead,
    callers="internal",
)
def hopeless(order: str, luck: int) -> None:
    """Fail until there are no retries left."""
    raise Unlucky(f"order {order} fails always, with luck or without ({luck})")


@dramatiq.actor(actor_name="soak.refused", queue_name=SHORT, lane="short", on_dead=on_dead, **PATIENT)
def refused(order: str, luck: int) -> None:
    """Refuse for good at the first attempt."""
    raise Permanent(f"order {order} is refused, with luck or without ({luck})")
