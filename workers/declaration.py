"""What an actor or a middleware declares and no job could keep is refused where it is declared, not when it runs."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bellwork.workers.signature import signature_of

if TYPE_CHECKING:
    from dramatiq.actor import Actor
    from dramatiq.middleware import Middleware

#: Options that Dramatiq's middleware calculates with, in milliseconds or as a count.
NUMBERS = ("max_retries", "min_backoff", "max_backoff", "time_limit", "max_age")


def check_actor(actor: Actor[Any, Any]) -> None:
    """Raise TypeError for limits that are no numbers, and for parameters that cannot be given by name."""
    _check_numbers(f"actor {actor.actor_name!r}", actor.options)
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
