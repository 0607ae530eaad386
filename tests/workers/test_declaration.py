"""What no job could keep is refused where it is declared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dramatiq
import pytest
from dramatiq.middleware import TimeLimit
from hypothesis import given
from hypothesis import strategies as st

from bellwork.workers import LedgerBroker
from bellwork.workers.declaration import LABELS, NUMBERS


def declare(function: Any, **options: Any) -> Any:
    """Declare an actor on a broker of its own."""
    return dramatiq.actor(function, broker=LedgerBroker(), actor_name="t.declared", **options)  # type: ignore[call-overload]


def nothing(x: int = 0) -> None:
    """Do nothing."""
    del x


def nameless(x: int, /, y: int) -> None:
    """Take something by position only."""
    del x, y


@pytest.mark.parametrize("name", NUMBERS)
def test_limits_are_numbers(name: str) -> None:
    """Dramatiq's middleware calculates with them, and would let the job run without."""
    with pytest.raises(TypeError, match=rf"'t.declared' is declared with {name}=.*give milliseconds: 90000"):
        declare(nothing, **{name: timedelta(seconds=90)})
    with pytest.raises(TypeError, match=f"{name}='90'; give a number"):
        declare(nothing, **{name: "90"})


@given(value=st.none() | st.integers(0) | st.floats(0, allow_nan=False))
def test_a_number_is_taken(value: float | None) -> None:
    """Whole, broken, infinite, or none at all."""
    assert "t.declared" == declare(nothing, time_limit=value).actor_name


def test_a_middleware_with_a_limit_that_is_none_is_refused() -> None:
    """Dramatiq's middleware takes anything at its making."""
    with pytest.raises(TypeError, match=r"TimeLimit is declared with time_limit=.*give milliseconds: 60000"):
        LedgerBroker(middleware=[TimeLimit(time_limit=timedelta(minutes=1))])  # type: ignore[arg-type]


def test_parameters_have_names() -> None:
    """A parameter that can be given by position only is refused, with its name."""
    with pytest.raises(TypeError, match="takes x by position only"):
        declare(nameless)


@pytest.mark.parametrize("label", LABELS)
def test_labels_are_parameters(label: str) -> None:
    """A subject or a tenant that is none of the parameters is refused; where any may be given, any may be named."""
    with pytest.raises(TypeError, match=rf"{label}='y', which is none of its parameters: x"):
        declare(nothing, **{label: "y"})
    assert "t.declared" == declare(nothing, **{label: "x"}).actor_name
    assert "t.declared" == declare(lambda **given: given, **{label: "y"}).actor_name
