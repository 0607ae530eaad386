"""The arguments of an actor: given names when a job is sent, and checked once more before it runs."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAMED = {inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY}


class _Names(NamedTuple):
    """The parameters of a function that all have names of their own; `in_order` may be given by position."""

    in_order: tuple[str, ...]
    required: frozenset[str]
    known: frozenset[str]


def named_arguments(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name; raises TypeError where they do not fit the function."""
    names = _names_of(function)
    if names is not None and not args and names.required <= kwargs.keys() <= names.known:
        return dict(kwargs)
    if names is not None and len(args) <= len(names.in_order):
        given = dict(zip(names.in_order, args, strict=False))
        given |= kwargs
        if len(given) == len(args) + len(kwargs) and names.required <= given.keys() <= names.known:
            return given
    return _bound(function, args, kwargs)


def check_arguments(function: Callable[..., Any], kwargs: Mapping[str, Any]) -> None:
    """Raise TypeError where the function cannot be called with arguments of these names."""
    names = _names_of(function)
    if names is None or not names.required <= kwargs.keys() <= names.known:
        signature_of(function).bind(**kwargs)


@lru_cache(maxsize=4096)
def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """Read a function's signature once: reading it for every job was a sixth of the short lane's Python time."""
    return inspect.signature(function)


@lru_cache(maxsize=4096)
def _names_of(function: Callable[..., Any]) -> _Names | None:
    """Read the names once: Signature.bind(), which finds the words for what is wrong, takes 2 µs for what is right."""
    parameters = signature_of(function).parameters.values()
    if any(each.kind not in _NAMED for each in parameters):
        return None
    return _Names(
        in_order=tuple(each.name for each in parameters if each.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD),
        required=frozenset(each.name for each in parameters if each.default is inspect.Parameter.empty),
        known=frozenset(each.name for each in parameters),
    )


def _bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
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
