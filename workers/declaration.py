"""What an actor or a middleware declares and no job could keep is refused where it is declared, not when it runs."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bellwork.workers.signature import signature_of

if TYPE_CHECKING:
    from dramatiq.actor import Actor
    from dramatiq.middleware import Middleware

#: Options that Dramatiq's middleware calculates with, in milliseconds or as a count.
NUMBERS = ("max_retries", "min_backoff", "max_backoff", "time_limit", "max_age")
#: Options that name a parameter (or, after dots, what is in it): whose data a job carries, and for which school.
LABELS = ("subject", "tenant")
_COLLECTING = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def check_actor(actor: Actor[Any, Any]) -> None:
    """Raise TypeError for limits that are no numbers, for parameters without a name, and for labels that are none."""
    _check_numbers(f"actor {actor.actor_name!r}", actor.options)
    _check_labels(actor)
    nameless = [
        name
        for name, known in signature_of(actor.fn).parameters.items()
        if known.kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    if nameless:
        msg = (
            f"actor {actor.actor_name!r} takes {', '.join(nameless)} by position only; a job's arguments have names: "
            "declare it without the '/'"
        )
        raise TypeError(msg)


def label_of(actor: Actor[Any, Any], label: str) -> tuple[str, ...] | None:
    """Return the path of the argument that an actor declares as its subject or tenant; None where it declares none."""
    given = actor.options.get(label)
    return None if given is None else _path(given)


@lru_cache(maxsize=4096)
def _path(given: str) -> tuple[str, ...]:
    return tuple(given.split("."))


def _check_labels(actor: Actor[Any, Any]) -> None:
    parameters = signature_of(actor.fn).parameters
    named = [name for name, known in parameters.items() if known.kind not in _COLLECTING]
    for label in LABELS:
        given = actor.options.get(label)
        if given is not None and _path(given)[0] not in named and len(named) == len(parameters):
            msg = (
                f"actor {actor.actor_name!r} is declared with {label}={given!r}, which is none of its parameters: "
                f"{', '.join(named) or 'it has none'}"
            )
            raise TypeError(msg)


def check_middleware(middleware: Middleware) -> None:
    """Raise TypeError for limits of a middleware that are no numbers."""
    _check_numbers(type(middleware).__name__, {name: vars(middleware).get(name) for name in NUMBERS})


def _check_numbers(whose: str, options: dict[str, Any]) -> None:
    for name in NUMBERS:
        value = options.get(name)
        if isinstance(value, timedelta):
            given = f"{value!r}; give milliseconds: {round(value.total_seconds() * 1000)}"
        elif value is not None and not isinstance(value, int | float):
            given = f"{value!r}; give a number"
        else:
            continue
        msg = f"{whose} is declared with {name}={given}"
        raise TypeError(msg)
