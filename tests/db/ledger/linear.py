"""Is there an order in which one job, dealt with by one hand at a time, would have answered as it did to many at once?

The search is Wing and Gong's, for each job alone: what is linearisable job by job is linearisable as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

OVER = ("done", "cancelled")


@dataclass(frozen=True)
class Deed:
    """What somebody did to a job: when it was asked and answered, with what, and what was heard."""

    asked: int
    answered: int
    verb: str
    heard: int | bool | None = None
    #: The worker that acts, or that is declared gone.
    worker: int = 0
    #: The attempt that is shown.
    attempt: int = 0
    #: The workers that somebody had begun to declare gone before this was answered.
    gone: frozenset[int] = frozenset()
    #: A locked row is passed by, and a worker that is gone gets nothing: then "nothing" says nothing of the job.
    excused: bool = False


class State(NamedTuple):
    """All that the answers depend on."""

    state: str = "available"
    attempt: int = 0
    worker: int = 0


def order_of(deeds: Sequence[Deed]) -> list[Deed] | None:
    """Return an order that explains every answer and that no clock contradicts; None where there is none."""
    hopeless: set[tuple[int, State]] = set()

    def search(left: int, state: State) -> list[Deed] | None:
        if not left:
            return []
        if (left, state) in hopeless:
            return None
        waiting = [place for place in range(len(deeds)) if left >> place & 1]
        first_answer = min(deeds[place].answered for place in waiting)
        for place in waiting:
            deed = deeds[place]
            if deed.asked <= first_answer and (then := after(state, deed)) is not None:
                rest = search(left & ~(1 << place), then)
                if rest is not None:
                    return [deed, *rest]
        hopeless.add((left, state))
        return None

    return search((1 << len(deeds)) - 1, State())


def after(now: State, deed: Deed) -> State | None:
    """Return the job's state after a deed; None where the job could not have answered so."""
    match deed.verb:
        case "claim":
            return _claim(now, deed)
        case "rescue":
            return _rescue(now, deed)
        case "finish" | "retry" | "release":
            then = State("done" if deed.verb == "finish" else "available", now.attempt)
            held = now.state == "running" and now.attempt == deed.attempt
            return _heard(deed, (then if held else now), happened=held)
        case "cancel":
            free = now.state not in OVER
            return _heard(deed, State("cancelled", now.attempt) if free else now, happened=free)
        case "revive":
            dead = now.state == "cancelled"
            return _heard(deed, State("available", now.attempt) if dead else now, happened=dead)
    raise ValueError(f"{deed.verb!r} is no verb of the model")


def _claim(now: State, deed: Deed) -> State | None:
    free = now.state == "available"
    if deed.heard is None:
        return None if free and not deed.excused else now
    return State("running", deed.heard, deed.worker) if free and deed.heard == now.attempt + 1 else None


def _rescue(now: State, deed: Deed) -> State | None:
    runs = now.state == "running"
    if deed.heard:
        return State("available", now.attempt) if runs and now.worker in deed.gone else None
    return None if runs and now.worker == deed.worker and not deed.excused else now


def _heard(deed: Deed, then: State, *, happened: bool) -> State | None:
    """`release` answers nothing; whatever else is done says whether it happened."""
    return then if deed.heard is None or deed.heard == happened else None
