"""Actors run here and now without a database, and what they send is recorded: for unit tests."""

from __future__ import annotations

import asyncio
import inspect
from itertools import count
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import uuid4

from bellwork.db.engine import Transaction, stand_in
from bellwork.db.ledger import Claimed, NewJob
from bellwork.db.plain import plain_arguments
from bellwork.db.refusal import written as as_read
from bellwork.workers.arguments import read_arguments, sent_arguments
from bellwork.workers.attempt import Attempt, running
from bellwork.workers.broker import broker

if TYPE_CHECKING:
    from types import TracebackType

    from dramatiq.actor import Actor
    from sqlalchemy import Connection


class _Nowhere:
    """What stands for a connection; anything asked of it raises an error that says there is none."""

    closed = False

    def in_nested_transaction(self) -> bool:
        return False

    def __getattr__(self, name: str) -> Any:
        msg = f"there is no database in this test, so no connection has {name!r}; give Offline one that answers"
        raise AttributeError(msg)


class _Recorded(list[NewJob]):
    """What is sent, checked as before an INSERT."""

    def append(self, job: NewJob) -> None:
        as_read([job])
        super().append(job)
        if job.told:
            job.told(len(self))


class Offline:
    """A world without a ledger, inside of its `with` block: sends are recorded in `sent`, actors run by `run`.

    `connection` is what `job.transaction()` yields: whatever the test gives, else something that has no database.
    """

    def __init__(self, connection: Any = None) -> None:
        nowhere = _Nowhere()
        self.connection = nowhere if connection is None else connection
        self.sent: list[NewJob] = _Recorded()
        self._open = Transaction(cast("Connection", nowhere), outbox=self.sent)
        self._inside = stand_in(self._open)
        self._ids = count(1)

    def __enter__(self) -> Self:
        self._inside.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._inside.__exit__(kind, error, at)

    def run(self, actor: Actor[Any, Any], **args: Any) -> Any:
        """Run an actor on this thread and return what it returns; what it raises is raised, and no retry follows.

        Where that leaves `job.transaction()`, what was sent is taken back.
        """
        number = next(self._ids)
        written = sent_arguments(actor, (), args)
        claimed = Claimed(
            number, actor.queue_name, actor.actor_name, written, {}, actor.priority, 1, 0, 0, 0.0, uuid4(), number
        )
        attempt = Attempt(claimed, batch=cast("Connection", self.connection), broker=broker)
        before, token = len(self.sent), running.set(attempt)
        try:
            return _called(actor, read_arguments(actor, written))
        except BaseException:
            if attempt.undone:
                del self.sent[before:]
            raise
        finally:
            running.reset(token)

    def assert_enqueued(self, actor_name: str, **args: Any) -> NewJob:
        """Return the one job sent to this actor whose arguments include `args`; raises AssertionError otherwise."""
        of_actor = [job for job in self.sent if job.actor == actor_name]
        written = plain_arguments(actor_name, args)
        found = [job for job in of_actor if all(job.args.get(name) == value for name, value in written.items())]
        if len(found) != 1:
            told = [job.args for job in of_actor]
            msg = f"expected one job of {actor_name!r} with {args!r}, found {len(found)}; sent were {told!r}"
            raise AssertionError(msg)
        return found[0]


def _called(actor: Actor[Any, Any], named: dict[str, Any]) -> Any:
    function = inspect.unwrap(actor.fn)
    if inspect.iscoroutinefunction(function):
        return asyncio.run(function(**named))
    return actor.fn(**named)
