"""Lengths of time as people write them, and as the desk writes them into commands."""

from __future__ import annotations

import pytest

from bellwork.ops.age import LONGEST, seconds_of


@pytest.mark.parametrize(
    ("given", "seconds"), [("45s", 45), ("30m", 1800), (" 2h ", 7200), ("1 d", 86_400), ("31d", LONGEST)]
)
def test_an_age_is_read_in_each_unit_and_again_in_seconds(given: str, seconds: int) -> None:
    """A preview tells the same choice as a command, by its seconds; up to 31 days."""
    assert seconds == seconds_of(given) == seconds_of(f"{seconds_of(given)}s")


@pytest.mark.parametrize("given", ["", "0s", "-1h", "32d", "745h", f"{LONGEST + 1}s", "1w", "2", "1h30m", "\u0663h"])
def test_what_is_no_age_is_none(given: str) -> None:
    """Nothing, less than nothing, more than 31 days, another unit, none, two of them, digits of another script."""
    assert seconds_of(given) is None
