"""The checker of histories is itself right: it finds an order exactly where trying every order finds one."""

from __future__ import annotations

from itertools import permutations, starmap
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.db.ledger.linear import Deed, State, after, order_of

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = ["claim", "claim", "finish", "retry", "release", "rescue", "cancel", "revive"]
#: What no ledger may answer, though each answer alone might be right.
IMPOSSIBLE = {
    "one attempt claimed by two": [Deed(0, 9, "claim", 1, worker=1), Deed(0, 9, "claim", 1, worker=2)],
    "two at once": [Deed(0, 9, "claim", 1, worker=1), Deed(0, 9, "claim", 2, worker=2)],
    "a number left out": [Deed(0, 1, "claim", 2, worker=1)],
    "a number used again": [
        Deed(0, 1, "claim", 1),
        Deed(2, 3, "retry", heard=True, attempt=1),
        Deed(4, 5, "claim", 1),
    ],
    "done twice": [
        Deed(0, 1, "claim", 1),
        Deed(2, 9, "finish", heard=True, attempt=1),
        Deed(2, 9, "finish", heard=True, attempt=1),
    ],
    "a zombie finishes": [
        Deed(0, 1, "claim", 1, worker=1),
        Deed(2, 3, "rescue", heard=True, worker=1, gone=frozenset({1})),
        Deed(4, 5, "claim", 2, worker=2),
        Deed(6, 7, "finish", heard=True, attempt=1),
    ],
    "done, and claimed later": [
        Deed(0, 1, "claim", 1),
        Deed(2, 3, "finish", heard=True, attempt=1),
        Deed(4, 5, "claim", 2),
    ],
    "held, and refused": [Deed(0, 1, "claim", 1), Deed(2, 3, "finish", heard=False, attempt=1)],
    "free, and not given": [Deed(0, 1, "claim", None)],
    "released, and yet held": [
        Deed(0, 1, "claim", 1),
        Deed(2, 3, "release", attempt=1),
        Deed(4, 5, "finish", heard=True, attempt=1),
    ],
    "taken from the living": [Deed(0, 1, "claim", 1, worker=1), Deed(2, 3, "rescue", heard=True, worker=2)],
    "the dead one's job left": [
        Deed(0, 1, "claim", 1, worker=1),
        Deed(2, 3, "rescue", heard=False, worker=1, gone=frozenset({1})),
    ],
    "cancelled, and finished": [
        Deed(0, 1, "claim", 1),
        Deed(2, 3, "cancel", heard=True),
        Deed(4, 5, "finish", heard=True, attempt=1),
    ],
    "back without having gone": [Deed(0, 1, "revive", heard=True)],
}


@st.composite
def deeds(draw: st.DrawFn) -> Deed:
    """Draw a deed; most answers are of the kind that its verb gives."""
    asked, verb = draw(st.integers(0, 6)), draw(st.sampled_from(VERBS))
    heard = draw(st.none() | st.sampled_from([1, 1, 2]) if verb == "claim" else st.sampled_from([True, False, None]))
    answered, excused = asked + draw(st.integers(0, 6)), draw(st.booleans())
    worker, attempt = draw(st.integers(1, 2)), draw(st.sampled_from([1, 1, 2]))
    return Deed(asked, answered, verb, heard, worker, attempt, frozenset({1}), excused)


@pytest.mark.parametrize("history", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_have_happened_is_found_out(history: list[Deed]) -> None:
    """No order explains it; without its last deed there is one."""
    assert order_of(history) is None
    assert order_of(history[:-1]) is not None


def test_what_overlaps_may_have_happened_either_way() -> None:
    """A claim asked while the job was still running is explained by a finish of the other that came first, or not."""
    first, retry = Deed(0, 1, "claim", 1), Deed(2, 9, "retry", heard=True, attempt=1)
    for heard in (None, 2):
        assert order_of([first, retry, Deed(3, 8, "claim", heard)]) is not None

    assert order_of([first, retry, Deed(10, 11, "claim", None)]) is None


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(st.lists(deeds(), max_size=5))
def test_the_search_finds_an_order_exactly_where_trying_all_finds_one(history: list[Deed]) -> None:
    """For 400 histories of up to five deeds, all their 120 orders are tried."""
    found = order_of(history)

    assert (found is not None) == any(map(explains, permutations(history)))
    assert found is None or explains(found)


def explains(order: Sequence[Deed]) -> bool:
    """Tell whether an order is possible, by going through it."""
    pairs = ((one, other) for place, one in enumerate(order) for other in order[:place])
    if any(starmap(lambda one, other: one.answered < other.asked, pairs)):
        return False
    now: State | None = State()
    for deed in order:
        now = after(now, deed) if now else None
    return now is not None
