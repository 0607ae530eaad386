"""A limit of a queue is a number that a fleet can have, or none."""

from __future__ import annotations

import pytest

from bellwork.ops.queue_limit import MOST_AT_ONCE, at_once_of


def test_what_a_limit_may_be() -> None:
    """From one to the most, and none."""
    assert [1, MOST_AT_ONCE, None] == [at_once_of(given) for given in ("1", "100000", "none")]


@pytest.mark.parametrize("odd", ["", "0", "-1", "1.5", "100001", "٣", "0000001999999999", "9" * 5_000])
def test_what_no_limit_is(odd: str) -> None:
    """Nothing that PostgreSQL would refuse later, however many digits it has."""
    with pytest.raises(ValueError, match="give a number from 1 to 100,000, or none"):
        at_once_of(odd)
