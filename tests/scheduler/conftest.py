"""Tests of the calendar reckon in full hours."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def an_hour_that_stays(full_hour: None) -> None:
    """None of them begins when an hour is about to be over."""
    del full_hour
