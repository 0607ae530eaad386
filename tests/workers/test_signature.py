"""Arguments are named, and refused, exactly as Python itself would bind them in a call."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from bellwork.workers.signature import check_arguments, named_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

FUNCTIONS: list[Callable[..., Any]] = [
    lambda: None,
    lambda a: a,
    lambda a, b=1: (a, b),
    lambda *, a, b=1: (a, b),
    lambda a=1, *, b: (a, b),
    lambda a, /, b: (a, b),
    lambda a, **others: (a, others),
]
NAMES = st.sampled_from(["a", "b", "c", "others"])
functions, arguments = st.sampled_from(FUNCTIONS), st.lists(st.integers(), max_size=3).map(tuple)


def bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what Python binds, None where it raises TypeError."""
    try:
        found = inspect.signature(function).bind(*args, **kwargs).arguments
    except TypeError:
        return None
    return found | found.pop("others", {})


def tried(act: Callable[..., Any], *given: Any) -> Any:
    """Return what comes of a call, None where it raises TypeError."""
    try:
        return act(*given)
    except TypeError:
        return None


def fits(function: Callable[..., Any], kwargs: dict[str, Any]) -> bool:
    """Tell whether arguments of these names are taken."""
    try:
        check_arguments(function, kwargs)
    except TypeError:
        return False
    return True


@given(functions, arguments, st.dictionaries(NAMES, st.integers()))
def test_a_call_is_named_as_python_binds_it(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Few, many, unknown and doubly given arguments are refused; all others have their names."""
    assert bound(function, args, kwargs) == tried(named_arguments, function, args, kwargs)


@given(functions, st.dictionaries(NAMES, st.integers()))
def test_named_arguments_fit_where_python_binds_them(function: Callable[..., Any], kwargs: dict[str, Any]) -> None:
    """A job's arguments are taken by an actor or not as its call would take them."""
    assert (bound(function, (), kwargs) is not None) == fits(function, kwargs)
