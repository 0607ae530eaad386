"""What the ledger does not take is refused before PostgreSQL is asked: a statement that fails voids its transaction.

The rules are those of the table's own domains, under their names, and those stay the last word. Jobs that keep them pay
a look over their text; only where that may break a rule it is gone through value by value.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from bellwork.db.callers.asked import Asked
    from bellwork.db.ledger.jobs import NewJob

    #: Whoever describes it.
    Job: TypeAlias = NewJob | Asked

#: Unique keys that begin so are the calendar's: no caller may hold one.
ENTRY_KEYS = "entry:"
#: What a unique_key may be unique among.
UNIQUE = ("unfinished", "waiting")
#: The domains' bounds (migration 0001 and 0007).
MOST_BYTES, MOST_LEVELS, MOST_PRIORITY, MOST_KEY, MOST_QUEUE, MOST_ACTOR = 65_536, 64, 1_000, 200, 100, 200
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# Seconds from now that are out of reach whenever now is.
_FARTHEST = (_LATEST - _EARLIEST).total_seconds()
_QUEUE = re.compile(r"[a-zA-Z_][a-zA-Z0-9._-]*")
_INVISIBLE = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
# A number of more than 308 digits shows in every 50th character of a text, and those are soon looked through.
_ENDLESS, _STEP = re.compile(r"[0-9]{6}"), 50
# What contains itself is too deep, too.
_encode = json.JSONEncoder(check_circular=False, allow_nan=False).encode


class RefusedJob(ValueError):  # noqa: N818 - the word says what happened
    """A job the ledger does not take; the message says what was given and what is allowed."""


def check_run_at(run_at: Any) -> None:
    """Raise ValueError unless it names one instant: which one is meant must not depend on a reader's clock."""
    if run_at is not None and (not isinstance(run_at, datetime) or run_at.tzinfo is None):
        msg = f"run_at is {run_at!r}; give a datetime with a time zone"
        raise ValueError(msg)


def check_unique_key(unique_key: Any) -> None:
    """Raise ValueError for a key of the calendar's."""
    if unique_key is not None and str(unique_key).startswith(ENTRY_KEYS):
        msg = f"unique_key {unique_key!r} begins with {ENTRY_KEYS!r}, as only the calendar's do; choose another"
        raise ValueError(msg)


def is_unique_while_waiting(unique: Any) -> bool:
    """Tell what a key is unique among; raises ValueError for a word that is none of UNIQUE."""
    if unique not in UNIQUE:
        msg = f"unique is {unique!r}; a unique_key is unique among jobs that are {' or '.join(map(repr, UNIQUE))}"
        raise ValueError(msg)
    return bool(unique == "waiting")


def written(jobs: Sequence[Job], chosen: Collection[int] = ()) -> str:
    """Return the jobs as the statement of an enqueue reads them: objects of JSON, separated by commas.

    Those whose id() is among `chosen` are claimed. Raises RefusedJob, which names the parameter and the rule it breaks.
    """
    if len(jobs) == 1 and not chosen and (text := _written_at_once(jobs[0])):
        return text
    for job in jobs:
        if not _is_usual(job) and (broken := next(_broken(job), None)):
            raise refused([job], broken)
    try:
        described = [_described(job) for job in jobs]
        if chosen:
            described = [each | {"claim": int(id(job) in chosen)} for job, each in zip(jobs, described, strict=True)]
        text = _encode(described)
    except (TypeError, ValueError, RecursionError):
        text = ""
    if text and not _is_suspicious(text, len(jobs)):
        return text[1:-1]
    if len(jobs) > 1:
        return ",".join(written([job], chosen) for job in jobs)
    _examine(jobs[0])
    if not text:
        raise refused(jobs, "arguments and options have to be JSON")
    return text[1:-1]


def plain_text(job: Job) -> str | None:
    """Return the arguments of a job that has neither options nor a time or key of its own as JSON.

    None for any other, and for one that has to be looked at as `written` does.
    """
    if job.options or not _is_usual(job):
        return None
    try:
        text = _encode(job.args)
    except (TypeError, ValueError, RecursionError):
        return None
    return None if _is_suspicious(text, 1) else text


def refused(jobs: Sequence[Job], reason: str) -> RefusedJob:
    """Make the error for jobs of which one is refused."""
    actors = ", ".join(sorted({repr(job.actor) for job in jobs})[:5])
    return RefusedJob(f"the ledger refuses a job for {actors}: {reason}")


def _written_at_once(job: Job) -> str | None:
    """Return a job that has neither options nor a time or key of its own as it is written below, in half the time.

    None for any other, and for one that has to be looked at.
    """
    if job.options or type(job.args) is not dict or job.run_at is not None or job.unique_key is not None or job.delay:
        return None
    labels = (job.declared, job.subject, job.tenant)
    if (begin := _begin(job.actor, job.queue, job.priority, *labels)) is None:
        return None
    try:
        text = f'{begin}{_encode(job.args)}, "options": {{}}}}'
    except (TypeError, ValueError, RecursionError):
        return None
    return None if _is_suspicious(text, 1) else text


@lru_cache(maxsize=1024)
def _begin(  # noqa: PLR0913, PLR0917 - what many jobs have in common
    actor: str,
    queue: str | None,
    priority: int | None,
    declared: bool | None,  # noqa: FBT001 - as all of them
    subject: tuple[str, ...] | None,
    tenant: tuple[str, ...] | None,
) -> str | None:
    """Return the text before a job's arguments; None where it breaks a rule."""
    if not _is_place(actor, queue, priority):
        return None
    place: dict[str, Any] = {"actor": actor, "queue": queue, "priority": priority, "subject": subject, "tenant": tenant}
    if declared is False and queue is not None:
        place["ask"] = True
    return f'{_encode({name: value for name, value in place.items() if value is not None})[:-1]}, "args": '


def _described(job: Job) -> dict[str, Any]:
    """Name what is not as the statement takes it to be: each name costs both sides as much as a value."""
    described: dict[str, Any] = {"actor": job.actor, "args": job.args, "options": job.options}
    if job.queue is not None:
        described["queue"] = job.queue
    if job.priority is not None:
        described["priority"] = job.priority
    if job.declared is False and job.queue is not None:
        described["ask"] = True
    if job.subject is not None:
        described["subject"] = job.subject
    if job.tenant is not None:
        described["tenant"] = job.tenant
    if job.delay:
        described["delay"] = job.delay
    if job.run_at is not None:
        described["run_at"] = job.run_at.isoformat()
    if job.unique_key is not None:
        described["unique_key"] = job.unique_key
        if job.waiting:
            described["unique_while"] = "waiting"
    return described


def _is_suspicious(text: str, jobs: int) -> bool:
    """Tell whether a text may break a rule: it is long, deep, has unusual characters (as JSON escapes them) or numbers.

    A single character is looked for in a tenth of the time that two take.
    """
    return (
        len(text) > MOST_BYTES
        or ("\\" in text and ("\\u0000" in text or "\\ud" in text))
        or ("+" in text and "e+" in text)
        or text.count("{") + text.count("[") - 3 * jobs >= MOST_LEVELS
        or (len(text) > _STEP * 6 and _ENDLESS.search(text[::_STEP]) is not None)
    )


def _is_usual(job: Job) -> bool:
    """Tell whether a job keeps every rule of `_broken`, as nearly all do; another one may keep them, too."""
    return (
        type(job.args) is dict
        and type(job.options) is dict
        and job.run_at is None
        and job.unique_key is None
        and not job.delay
        and _is_place(job.actor, job.queue, job.priority)
    )


@lru_cache(maxsize=1024)
def _is_place(actor: str, queue: str | None, priority: int | None) -> bool:
    return _is_actor(actor) and (queue is None or _is_queue(queue)) and _is_priority(priority)


def _broken(job: Job) -> Iterator[str]:
    """Say which parameter beside arguments and options breaks its rule."""
    if not _is_actor(job.actor):
        yield f"actor breaks between_1_and_200_characters or no_control_or_invisible_characters: {job.actor[:200]!r}"
    for name, document in (("args", job.args), ("options", job.options)):
        if not isinstance(document, dict):
            yield f"{name} breaks a_json_object: it is a {type(document).__name__}"
    if job.queue is not None and not _is_queue(job.queue):
        yield f"queue breaks at_most_100_letters_digits_dots_dashes: it is {job.queue[:120]!r}"
    if not _is_priority(job.priority):
        yield f"priority breaks between_minus_1000_and_1000: it is {job.priority}"
    if job.run_at is not None and job.run_at.tzinfo and not _EARLIEST < job.run_at < _LATEST:
        yield f"run_at breaks after_1970_and_before_2200: it is {job.run_at.isoformat()}"
    if abs(job.delay) > _FARTHEST:
        yield f"delay breaks after_1970_and_before_2200: it is {job.delay} s"
    if job.unique_key is not None and not 1 <= (size := len(job.unique_key.encode(errors="replace"))) <= MOST_KEY:
        yield f"unique_key breaks between_1_and_200_bytes: it has {size}"


def _is_priority(priority: int | None) -> bool:
    return priority is None or -MOST_PRIORITY <= priority <= MOST_PRIORITY


def _is_actor(name: str) -> bool:
    return 1 <= len(name) <= MOST_ACTOR and _INVISIBLE.search(name) is None


def _is_queue(name: str) -> bool:
    return len(name) <= MOST_QUEUE and _QUEUE.fullmatch(name) is not None


def _examine(job: Job) -> None:
    """Raise RefusedJob for the first value that no job can carry; what looked suspicious may well be right."""
    documents = {"args": job.args, "options": job.options}
    others = {"actor": job.actor, "unique_key": job.unique_key, "delay": job.delay, "priority": job.priority}
    for name, value in {**others, **documents}.items():
        for invalid in _invalid_values(value, name, 0):
            raise refused([job], invalid)
    for name, document in documents.items():
        if (size := len(json.dumps(document, ensure_ascii=False).encode())) > MOST_BYTES:
            raise refused([job], f"{name} breaks at_most_64_kib: it has {size:,} bytes")


def _invalid_values(value: Any, where: str, level: int) -> Iterator[str]:
    """Say what is wrong with a value, and with what is in it; the value itself is not repeated."""
    if level > MOST_LEVELS:
        yield f"{where.partition('[')[0]} breaks at_most_64_levels_deep"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _invalid_values(key, f"a key of {where}", level)
            yield from _invalid_values(inner, f"{where}[{str(key)[:40]!r}]", level + 1)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _invalid_values(inner, f"{where}[{number}]", level + 1)
    elif invalid := _invalid(value):
        yield f"{where} {invalid}"


def _invalid(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _odd_text(value)
    if not isinstance(value, int | float):
        return (
            f"is a {type(value).__name__}; arguments and options have to be JSON, or of the type that the actor's "
            "parameter is annotated with"
        )
    if isinstance(value, float) and not isfinite(value):
        return f"is {value}, which JSON does not have"
    largest = 1e308 if isinstance(value, float) else 10**308  # as each is written: a float's 1e308 is a little more
    return "breaks numbers_below_1e308" if abs(value) > largest else None


def _odd_text(text: str) -> str | None:
    if "\0" in text:
        return "contains NUL (\\x00), which PostgreSQL keeps in no text"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains half of a surrogate pair, which is no character"
    return None
