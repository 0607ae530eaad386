"""The arguments of an actor: given names when a job is sent, and checked once more before it runs."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def named_arguments(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name; raises TypeError where they do not fit the function."""
    bound = signature_of(function).bind(*args, **kwargs)
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_POSITIONAL:
            msg = f"{function.__name__} takes *{name}; a job's arguments have names, so give it a list instead"
            raise TypeError(msg)
        if kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        else:
            named[name] = value
    return named


@lru_cache(maxsize=4096)
def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Read a function's signature once: reading it for every job was a sixth of the short lane's Python time."""
    return inspect.signature(function)
