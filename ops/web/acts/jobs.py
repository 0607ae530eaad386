"""Retry and cancel jobs, those that were ticked or all that a filter finds; see one's arguments unmasked."""

from __future__ import annotations

import time
from shlex import quote
from typing import TYPE_CHECKING

from bellwork.db.ledger import Which, show_job
from bellwork.db.reading import hurried
from bellwork.ops import words
from bellwork.ops.age import seconds_of
from bellwork.ops.jobs import FINISHED, UNFINISHED, Found, cancel_jobs, count_jobs, retry_jobs, reveal_job
from bellwork.ops.web.access import Role
from bellwork.ops.web.acts.kind import Act, Done, NotPossible, Preview
from bellwork.ops.web.asked import whole
from bellwork.ops.web.look import address

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.ops.web.acts.kind import Asked, Form

    Verb = Callable[[Connection, list[int], ChangedBy], list[int]]

#: A page waits so many seconds for jobs to be changed, and a statement so many.
PATIENCE, STATEMENT = 10.0, 5.0
#: Ids that stand in an address, and samples of a preview.
IDS, SAMPLES = 200, 5
#: What stands in an address beside the state.
_FIELDS = ("actor", "queue", "text", "tenant", "subject", "older_than")


def _ids(asked: Asked) -> list[int]:
    texts = [text.strip() for text in asked.get("id", "").split(",") if text.strip()]
    numbers = [number for number in map(whole, texts) if number]
    if len(texts) > IDS or len(numbers) < len(texts):
        raise NotPossible(f"Ids of jobs are whole numbers, {IDS} at most.")
    return list(dict.fromkeys(numbers))


def _which(asked: Asked, allowed: tuple[str, ...], unless_told: str) -> Which:
    state = asked.get("state") or unless_told
    if state not in {*allowed, unless_told}:
        raise NotPossible(f"Jobs that are {state} stay as they are; this is for {', '.join(allowed)} ones.")
    actor, queue, text, tenant, subject, older = (asked.get(field) or None for field in _FIELDS)
    age = seconds_of(older) if older else None
    if older and age is None:
        raise NotPossible("An age is such as 45s, 30m, 2h or 1d, and 31 days at most.")
    if not (asked.get("state") or any(asked.get(field) for field in _FIELDS)):
        raise NotPossible(f"Tick jobs, or choose them by state, {', '.join(_FIELDS)}.")
    return Which(state, actor, queue, text, age, subject, tenant)


def _previewing(
    verb: str, allowed: tuple[str, ...], unless_told: str, effect: str, undo: str
) -> Callable[..., Preview]:
    def preview(conn: Connection, asked: Asked) -> Preview:
        if ids := _ids(asked):
            found = [job for job in (show_job(conn, each) for each in ids) if job]
            fit = [job for job in found if job["state"] in allowed]
            left = len(ids) - len(fit)
            if not fit:
                raise NotPossible(f"None of these jobs is {' or '.join(allowed)}; nothing is to be done.")
            samples, count, is_more = fit, len(fit), False
            command = f"bellwork jobs {verb} {' '.join(str(job['id']) for job in fit)}"
            leaves = f"{words.plural(left, 'job')} of those ticked: not there, or in another state" if left else ""
            back = f"/jobs/{ids[0]}" if len(ids) == 1 else "/jobs"
        else:
            which = _which(asked, allowed, unless_told)
            counted = count_jobs(conn, which)
            if not counted.count and counted.is_more:
                raise NotPossible("None of the newest jobs holds that text; the command looks through older ones, too.")
            if not counted.count:
                raise NotPossible("No job is like that any more; nothing is to be done.")
            samples = [job for job in (show_job(conn, each) for each in counted.samples) if job]
            count, is_more = counted.count, counted.is_more
            given = [
                f"--{name.replace('_', '-')} {quote(f'{value}s' if name == 'older_than' else value)}"
                for name, value in which._asdict().items()
                if value not in {None, "unfinished"}
            ]
            command = " ".join(["bellwork jobs", verb, *given])
            leaves, back = "what comes after this, and all in other states", address("/jobs", **asked)
        said = effect.format(f"{words.plural(count, 'job')}{' or more' if is_more else ''}")
        return Preview(said, command, leaves, count, is_more, tuple(samples[:SAMPLES]), undo=undo, back=back)

    return preview


def _doing(verb: Verb, done: str, allowed: tuple[str, ...], unless_told: str, undo: str) -> Callable[..., Done]:
    def do(asked: Asked, form: Form, by: ChangedBy) -> Done:
        del form
        if ids := _ids(asked):
            with hurried(STATEMENT) as conn:
                changed, meant, ended = verb(conn, ids, by), len(ids), True
            back = f"/jobs/{ids[0]}" if len(ids) == 1 else "/jobs"
        else:
            changed, meant, ended = _all(verb, _which(asked, allowed, unless_told), by)
            back = address("/jobs", **asked)
        left = meant - len(changed)
        said = f"{words.plural(len(changed), 'job')} {done}."
        if left:
            said += f" {words.plural(left, 'job')} left alone: in another state by now, or a unique key is taken again."
        if not ended:
            said += " There are more: do it again for the rest."
        again = (
            address(f"/act/jobs/{undo}", id=",".join(map(str, sorted(changed)))) if 0 < len(changed) <= IDS else None
        )
        return Done(said, again, back)

    return do


def _all(verb: Verb, which: Which, by: ChangedBy) -> tuple[list[int], int, bool]:
    """Change all, a transaction for each batch, for some seconds; returns which, of how many, and if that is all."""
    found, changed, until = Found(which), list[int](), time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with hurried(STATEMENT) as conn:
            batch = found.next(conn)
            changed += verb(conn, batch, by) if batch else []
        if found.ended:
            return changed, len(found.ids), True
    return changed, len(found.ids), False


def _before_reveal(conn: Connection, asked: Asked) -> Preview:
    ids = _ids(asked)
    if len(ids) != 1 or show_job(conn, ids[0]) is None:
        raise NotPossible("There is no such job.")
    said = "You see the arguments of this job unmasked, once. Who saw them, when and why is kept for two years."
    return Preview(said, f"bellwork jobs show {ids[0]}", back=f"/jobs/{ids[0]}")


def _reveal(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    job = _ids(asked)[0]
    with hurried(STATEMENT) as conn:
        found = reveal_job(conn, job, by)
    if found is None:
        raise NotPossible("There is no such job.")
    return Done(
        "This page is kept nowhere: load it again, and it asks again.", back=f"/jobs/{job}", shown=found["args"]
    )


_RETRIED = "This puts back {}, due now, with fresh tries; errors are kept."
_CANCELLED = "This cancels {}. What runs loses its lease: it may go on for a while, but it can write nothing."
ACTS = {
    "jobs/retry": Act(
        "Retry jobs",
        _previewing("retry", FINISHED, "dead", _RETRIED, "cancel them while they wait"),
        _doing(retry_jobs, "retried", FINISHED, "dead", "cancel"),
    ),
    "jobs/cancel": Act(
        "Cancel jobs",
        _previewing("cancel", UNFINISHED, "unfinished", _CANCELLED, "retry them"),
        _doing(cancel_jobs, "cancelled", UNFINISHED, "unfinished", "retry"),
        is_harm=True,
    ),
    "jobs/reveal": Act("Reveal arguments", _before_reveal, _reveal, Role.ADMIN),
}
