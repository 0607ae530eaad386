"""The scene's table, and the course of its time: who asked what, and the way of each request with its seconds."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bellwork.db.vocabulary.exhibit import Course, Figures, Span
from bellwork.tasks.content.scenes.cases import CASES

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.tasks.content.scenes.lessons import Lessons
    from bellwork.tasks.content.scenes.seen import Seen

_COLUMNS = ("request", "shows", "the way, with seconds", "cache", "attempts")
#: Seconds that an end is drawn with.
_END = 0.5


def requests_table(scene: Lessons) -> Figures:
    """Return a row for each case."""
    rows = tuple((case.key, case.shows, *_found(scene.seen.get(case.key), case.key)) for case in CASES)
    return Figures("The requests", _COLUMNS, rows, right=("attempts",))


def course(scene: Lessons) -> Course:
    """Return the way of each request, and the time from the kill to the next attempt."""
    zero = min(seen.row["created_at"] for seen in scene.seen.values())
    rows = [(case.key, _spans(scene.seen[case.key], zero)) for case in CASES if case.key in scene.seen]
    if killed := _killed(scene, zero):
        rows.append(("kill -9", killed))
    return Course("The course of each request", tuple(rows), "in seconds since the first one was asked")


def _found(seen: Seen | None, key: str) -> tuple[str, str, str]:
    if seen is None:
        return "never asked", "-", "0"
    way = " > ".join(f"{step.status} {step.seconds:.1f}" for step in seen.path)
    cache = "hit" if seen.row["cache_hit"] else "shared" if key == "twin" else "miss"
    return way, cache, str(seen.attempts)


def _spans(seen: Seen, zero: datetime) -> tuple[Span, ...]:
    since = (seen.row["created_at"] - zero).total_seconds()
    spans = [Span(step.status, since + step.seconds, since + after.seconds) for step, after in pairwise(seen.path)]
    last = seen.path[-1]
    return (*spans, Span(last.status, since + last.seconds, since + last.seconds + _END))


def _killed(scene: Lessons, zero: datetime) -> tuple[Span, ...]:
    """Return the time from the kill to the claim of the attempt that came after it."""
    job = scene.blow.of(scene.seen.values())
    if job is None:
        return ()
    died, again = ((at - zero).total_seconds() for at in (scene.blow.at, job["claimed_at"]))
    return (Span(f"killed; {again - died:.1f} s later another process went on", died, again),)
