"""Arguments of types that JSON lacks: written where a job is sent, and read before it runs, by the actor's annotations.

What JSON has is passed on as it is, unless the parameter's annotation contains a type that JSON lacks. An actor that
has no such parameter pays for one look into a cache.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bellwork.workers.annotations import annotations_of
from bellwork.workers.parameter import Parameter
from bellwork.workers.signature import named_arguments, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dramatiq.actor import Actor


def sent_arguments(actor: Actor[Any, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name and as JSON has them.

    Raises TypeError where they do not fit the actor, and for what a worker would not get back as it is.
    """
    return written_arguments(actor, named_arguments(actor.fn, args, kwargs))


def written_arguments(actor: Actor[Any, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return named arguments as JSON has them, whether they are all or not; raises TypeError."""
    if typed := _parameters_of(actor.fn):
        name = actor.actor_name
        return args | {each: typed[each].write(name, args[each]) for each in typed if each in args}
    return args


def written_in_order(actor: Actor[Any, Any], args: Sequence[Any]) -> list[Any]:
    """Do the same for the first arguments, given by position; more than there are parameters stay as they are."""
    named = dict(zip(signature_of(actor.fn).parameters, args, strict=False))
    return [*written_arguments(actor, named).values(), *args[len(named) :]]


def read_arguments(actor: Actor[Any, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return a job's arguments as its actor is called with them; raises UnfitArgument."""
    if typed := _parameters_of(actor.fn):
        return args | {each: typed[each].read(args[each]) for each in typed if each in args}
    return args


@lru_cache(maxsize=4096)
def _parameters_of(function: Callable[..., Any]) -> dict[str, Parameter]:
    return {each.name: Parameter(each) for each in annotations_of(function)}
