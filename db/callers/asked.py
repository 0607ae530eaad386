"""What a caller asks for is checked as a send is, before PostgreSQL is asked: its transaction stays what it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.refusal import check_run_at, check_unique_key, is_unique_while_waiting, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bellwork.db.callers.job import NewJob

#: A document holds so many jobs, or characters of JSON, at most: so much PostgreSQL reads at once without trouble.
_MOST_JOBS, _MOST_TEXT = 5_000, 8_000_000
_AT_ONCE = 100


class Asked(NamedTuple):
    """A job as `refusal` looks at it; `delay` is in seconds."""

    actor: str
    args: dict[str, Any]
    queue: str | None = None
    priority: int | None = None
    delay: float = 0
    run_at: datetime | None = None
    unique_key: str | None = None
    waiting: bool = False
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody writes there, and a dict for each job would cost something
    #: The functions that these go through ask what is registered, of every job.
    declared: None = None
    subject: None = None
    tenant: None = None


def named(args: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    """Take the arguments that a caller gives the actor of this name; raises TypeError unless they have names."""
    if type(args) is not dict:
        args = _as_dict(args, name)
    for key in args:
        if not isinstance(key, str):
            msg = f"args of {name!r} has the key {key!r}; arguments have names, which are texts"
            raise TypeError(msg)
    return args


def asked(job: NewJob, name: str, args: dict[str, Any], declared: Mapping[str, Any]) -> Asked:
    """Take what a caller says of a job for the actor of this name, declared with these options.

    `args` are its arguments as JSON has them. Raises TypeError or ValueError, in the words of a send, for what is none
    of the kinds that a parameter has.
    """
    if job.queue is not None or job.priority is not None:
        _check_kind("queue", job.queue, str, "a text")
        _check_kind("priority", job.priority, int, "a whole number")
    if job.unique_key is None and job.unique is None and job.run_at is None and job.delay is None:
        return Asked(name, args, job.queue, job.priority)
    check_run_at(job.run_at)
    if job.run_at is not None and job.delay is not None:
        raise ValueError("run_at and delay are both given; give one of them")
    waiting = _is_waiting(job, declared)
    delay = 0 if job.delay is None else _seconds(job.delay)
    return Asked(name, args, job.queue, job.priority, delay, job.run_at, job.unique_key, waiting)


def document(jobs: Sequence[Asked]) -> str:
    """Write a few jobs as a document of JSON; raises RefusedJob for what no job can carry."""
    return f"[{written(jobs)}]"


def documents(jobs: Sequence[Asked]) -> list[str]:
    """Write jobs as documents of JSON, most often as one; raises RefusedJob for what no job can carry."""
    return [f"[{','.join(piece)}]" for piece in _pieces(jobs)]


def _pieces(jobs: Sequence[Asked]) -> Iterator[list[str]]:
    piece: list[str] = []
    for begin in range(0, len(jobs), _AT_ONCE):
        batch = written(jobs[begin : begin + _AT_ONCE])
        if piece and (len(piece) * _AT_ONCE >= _MOST_JOBS or sum(map(len, piece)) + len(batch) > _MOST_TEXT):
            yield piece
            piece = []
        piece.append(batch)
    yield piece


def _as_dict(args: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    if args is None:
        return {}
    if not isinstance(args, Mapping):
        msg = f"args of {name!r} is a {type(args).__name__}; give one mapping of named arguments"
        raise TypeError(msg)
    return dict(args)


def _check_kind(parameter: str, value: Any, kind: type, words: str) -> None:
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        msg = f"{parameter} is {value!r}; give {words}"
        raise TypeError(msg)


def _is_waiting(job: NewJob, declared: Mapping[str, Any]) -> bool:
    _check_kind("unique_key", job.unique_key, str, "a text")
    check_unique_key(job.unique_key)
    waiting = is_unique_while_waiting(job.unique or declared.get("unique", "unfinished"))
    if job.unique is not None and job.unique_key is None:
        msg = f"unique is {job.unique!r}, but there is no unique_key"
        raise ValueError(msg)
    return waiting and job.unique_key is not None


def _seconds(delay: float | timedelta) -> float:
    if isinstance(delay, timedelta):
        return delay.total_seconds()
    if isinstance(delay, bool) or not isinstance(delay, int | float):
        msg = f"delay is {delay!r}; give seconds or a timedelta"
        raise TypeError(msg)
    return delay
