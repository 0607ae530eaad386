"""Declares an actor on this engine's broker, whichever is the global one: Dramatiq's decorator, with typed options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypedDict, TypeVar, Unpack, overload

import dramatiq

from bellwork.workers.broker import broker

if TYPE_CHECKING:
    from collections.abc import Callable

    from dramatiq import Actor
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import Objective

    P = ParamSpec("P")
    R = TypeVar("R")


class Options(TypedDict, total=False):
    """What an actor may say of itself; limits and backoffs are in milliseconds, as everywhere in Dramatiq.

    `lane` is "short" for what only touches the database and is brief, `callers` "internal" for what no role like
    bellwork_api may enqueue; `slo` an Objective, by which it is watched; `unique="waiting"` frees a `unique_key` when
    its job is claimed; `on_dead(conn, args, reason)` is called in the transaction that marks a job dead. `subject` and
    `tenant` name the parameters that say whose data a job carries (a person, or what is a person's) and for which
    school, `"session.tutor_id"` a value inside of one: jobs are found by them, and a subject is erased. All others are
    Dramatiq's.
    """

    actor_name: str
    queue_name: str
    priority: int
    lane: Literal["long", "short"]
    callers: Literal["everyone", "internal"]
    slo: Objective
    unique: Literal["unfinished", "waiting"]
    on_dead: Callable[[Connection, dict[str, Any], str], object]
    subject: str
    tenant: str
    max_retries: int | None
    min_backoff: int
    max_backoff: int
    retry_when: Callable[[int, Exception], bool]
    throws: type[BaseException] | tuple[type[BaseException], ...]
    on_retry_exhausted: str
    time_limit: float
    max_age: int
    notify_shutdown: bool
    on_success: str | Actor[..., Any]
    on_failure: str | Actor[..., Any]
    pipe_ignore: bool
    store_results: bool
    result_ttl: int


@overload
def actor(fn: Callable[P, R]) -> Actor[P, R]: ...
@overload
def actor(**options: Unpack[Options]) -> Callable[[Callable[P, R]], Actor[P, R]]: ...
def actor(fn: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Declare an actor, with or without options; `@dramatiq.actor` does the same where this engine is imported first.

    It is called with what was sent, by the types of its annotations (docs/callers.md says which).
    Raises ValueError for an option that no middleware of the broker knows, or for one that is none of the words it has.
    """
    declare = dramatiq.actor(broker=broker, **options)
    return declare if fn is None else declare(fn)
