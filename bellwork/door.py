"""What API layers call: jobs are enqueued, looked up and cancelled in the caller's own transaction, whatever it is.

A connection is a SQLAlchemy Session, Connection, AsyncSession or AsyncConnection, one of psycopg or asyncpg, or
Django's. Nothing is committed here: what is enqueued runs after the caller's commit and never before, and vanishes with
a rollback, also with one to a savepoint. On a connection that commits each statement by itself a job is enqueued at
once. For connections that have to be awaited each function has a twin whose name ends in _async.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from bellwork.db.callers import Enqueued, Eta, Job, NewJob, asked, document, documents, fetch, fetch_async, named, told
from bellwork.db.callers.statements import CANCEL_JOB, ENQUEUE, ENQUEUE_MANY, ENQUEUE_PLAIN, GET_JOB, JOB_ETA
from bellwork.db.plain import plain_arguments
from bellwork.db.refusal import plain_text
from bellwork.db.tracing import sent, tracing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from bellwork.db.callers import Asked
    from bellwork.db.callers.job import Declared, Unique

#: A bigint holds no other ids.
_IDS = range(-(2**63), 2**63)


def enqueue(  # noqa: PLR0913 - as many as bellwork.enqueue has in SQL
    connection: Any,
    actor: str | Declared,
    args: Mapping[str, Any] | None = None,
    *,
    queue: str | None = None,
    priority: int | None = None,
    run_at: datetime | None = None,
    delay: float | timedelta | None = None,
    unique_key: str | None = None,
    unique: Unique | None = None,
) -> Enqueued:
    """Enqueue a job in the connection's own transaction; returns its id, and whether it is new.

    `NewJob` says what the parameters mean. Raises TypeError where the arguments do not fit an actor that this process
    knows, ValueError for parameters that contradict each other, RefusedJob for what the ledger does not take or this
    role may not enqueue, and otherwise what the driver raises. Whatever is refused without an error of PostgreSQL
    leaves the transaction as it was; a RefusedJob that voids it says so in its note.
    """
    job = _asked(NewJob(actor, args, queue, priority, run_at, delay, unique_key, unique))
    if (text := plain_text(job)) is not None:
        row = fetch(connection, ENQUEUE_PLAIN, job.actor, text, job.queue, job.priority, about=(job,))[0]
        if row[0] is not None:
            return Enqueued(row[0], is_new=True)
    return told((job,), fetch(connection, ENQUEUE, document((job,)), about=(job,)))[0]


async def enqueue_async(  # noqa: PLR0913 - as above
    connection: Any,
    actor: str | Declared,
    args: Mapping[str, Any] | None = None,
    *,
    queue: str | None = None,
    priority: int | None = None,
    run_at: datetime | None = None,
    delay: float | timedelta | None = None,
    unique_key: str | None = None,
    unique: Unique | None = None,
) -> Enqueued:
    """Do what `enqueue` does, with a connection that has to be awaited."""
    job = _asked(NewJob(actor, args, queue, priority, run_at, delay, unique_key, unique))
    if (text := plain_text(job)) is not None:
        row = (await fetch_async(connection, ENQUEUE_PLAIN, job.actor, text, job.queue, job.priority, about=(job,)))[0]
        if row[0] is not None:
            return Enqueued(row[0], is_new=True)
    return told((job,), await fetch_async(connection, ENQUEUE, document((job,)), about=(job,)))[0]


def enqueue_many(connection: Any, jobs: Iterable[NewJob]) -> list[Enqueued]:
    """Enqueue jobs by one statement, all of them or none; returns what `enqueue` would of each, in their order.

    Of several that share a `unique_key` the first one is enqueued. Raises what `enqueue` raises.
    """
    if not (wanted := [_asked(job) for job in jobs]):
        return []
    return told(wanted, fetch(connection, ENQUEUE_MANY, documents(wanted), about=wanted))


async def enqueue_many_async(connection: Any, jobs: Iterable[NewJob]) -> list[Enqueued]:
    """Do what `enqueue_many` does, with a connection that has to be awaited."""
    if not (wanted := [_asked(job) for job in jobs]):
        return []
    return told(wanted, await fetch_async(connection, ENQUEUE_MANY, documents(wanted), about=wanted))


def get_job(connection: Any, id: int) -> Job | None:  # noqa: A002 - the word that the ledger has for it
    """Tell what has become of a job, or None where there is none of this id.

    A role that may not read the ledger is told of what the same login has enqueued; every other job is none to it.
    """
    if not _is_possible(id):
        return None
    return _found(fetch(connection, GET_JOB, id))


async def get_job_async(connection: Any, id: int) -> Job | None:  # noqa: A002 - as above
    """Do what `get_job` does, with a connection that has to be awaited."""
    if not _is_possible(id):
        return None
    return _found(await fetch_async(connection, GET_JOB, id))


def job_eta(connection: Any, id: int) -> Eta | None:  # noqa: A002 - as above
    """Tell in how many seconds a job is likely to be done, or None where there is none of this id.

    `Eta` says what is known where that cannot be told. From the jobs ahead of it, and from how long the last hundred or
    so of each kind ran; what is yet to come, and is more urgent, is not foreseen, nor that an attempt fails. A role
    that may not read the ledger is told of what the same login has enqueued.
    """
    if not _is_possible(id):
        return None
    return _expected(fetch(connection, JOB_ETA, id))


async def job_eta_async(connection: Any, id: int) -> Eta | None:  # noqa: A002 - as above
    """Do what `job_eta` does, with a connection that has to be awaited."""
    if not _is_possible(id):
        return None
    return _expected(await fetch_async(connection, JOB_ETA, id))


def cancel_job(connection: Any, id: int, reason: str) -> bool:  # noqa: A002 - as above
    """Cancel an unfinished job in the connection's transaction, and keep the reason; tells whether there was one.

    An attempt that runs loses its lease with the commit and can write nothing more. A role that may not write the
    ledger cancels what the same login has enqueued; every other job is none to it.
    """
    _check_reason(reason)
    if not _is_possible(id):
        return False
    return bool(fetch(connection, CANCEL_JOB, id, reason)[0][0])


async def cancel_job_async(connection: Any, id: int, reason: str) -> bool:  # noqa: A002 - as above
    """Do what `cancel_job` does, with a connection that has to be awaited."""
    _check_reason(reason)
    if not _is_possible(id):
        return False
    return bool((await fetch_async(connection, CANCEL_JOB, id, reason))[0][0])


def _asked(job: NewJob) -> Asked:
    """Check a job, against the actor's own signature where this process knows it."""
    name, actor = _known(job.actor)
    args = named(job.args, name)
    if actor is None:
        checked = asked(job, name, plain_arguments(name, args), {})
    else:
        checked = asked(job, name, _writer()(actor, (), args), actor.options)
    return checked if tracing() is None else _traced(checked, getattr(actor, "queue_name", None))


@cache
def _writer() -> Callable[..., dict[str, Any]]:
    """Import what only the engine has; an actor that is known shows that it is there already."""
    from bellwork.workers.arguments import sent_arguments  # noqa: PLC0415

    return sent_arguments


def _traced(job: Asked, queue: str | None) -> Asked:
    """Let the context of the trace that this code is in travel with a job."""
    return job._replace(options=sent(job.actor, job.queue or queue, None, {}))


def _known(actor: str | Declared) -> tuple[str, Any]:
    """Return an actor's name, and the actor if it was given or has been declared in this process."""
    if isinstance(actor, str):
        loaded = getattr(sys.modules.get("bellwork.workers.broker"), "broker", None)
        return actor, loaded and loaded.actors.get(actor)
    name = getattr(actor, "actor_name", None)
    if not isinstance(name, str):
        msg = f"actor is {actor!r}; give an actor or its name"
        raise TypeError(msg)
    return name, actor


def _is_possible(id_: int) -> bool:
    if isinstance(id_, bool) or not isinstance(id_, int):
        msg = f"id is {id_!r}; a job's id is a whole number"
        raise TypeError(msg)
    return id_ in _IDS


def _check_reason(reason: str) -> None:
    if not isinstance(reason, str):
        msg = f"reason is {reason!r}; give a text"
        raise TypeError(msg)
    if "\0" in reason:
        raise ValueError("reason contains NUL (\\x00), which PostgreSQL keeps in no text")


def _expected(rows: Sequence[Sequence[Any]]) -> Eta | None:
    return Eta(*rows[0]) if rows else None


def _found(rows: Sequence[Sequence[Any]]) -> Job | None:
    return Job(*rows[0]) if rows else None
