"""A loop outlives its failures, and says so once."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bellwork.scheduler.loops import Loop
from bellwork.scheduler.upkeep import loops, make_partitions


class Duty:
    """Fails with what it is told to fail with."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __call__(self) -> None:
        """Fail, or do nothing."""
        if self.error:
            raise self.error


def test_a_failure_is_told_when_it_begins_and_when_it_is_over() -> None:
    """Ten failures of one kind are one line; another kind is news; so is the end."""
    duty = Duty()
    loop = Loop("a duty", 0.2, duty)
    with capture_logs() as lines:
        results = [loop()]
        for error in [*[OSError("away")] * 10, *[ValueError("odd\nmany lines")] * 10, None, None]:
            duty.error = error
            results.append(loop())

    assert [True, *[False] * 20, True, True] == results
    assert ["OSError: away", "ValueError: odd\\nmany lines", None] == [line.get("error") for line in lines]


class MuteError(Exception):
    """An exception that has no text to give."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("error", [MuteError(), ValueError()])
def test_an_error_without_a_text_ends_no_loop(error: Exception) -> None:
    """It is named by its class."""
    duty = Duty()
    duty.error = error
    with capture_logs() as lines:
        assert not Loop("a duty", 0.2, duty)()

    assert lines[0]["error"].startswith(f"{type(error).__name__}: ")


@pytest.mark.usefixtures("database")
def test_names_of_loops_are_unique() -> None:
    """The timer keeps its jobs by their names."""
    names = [loop.name for loop in loops()]

    assert len(names) == len(set(names))


@pytest.mark.usefixtures("database")
def test_every_loop_can_be_done_on_a_fresh_database() -> None:
    """One round of each duty, without a single failure."""
    with capture_logs() as lines:
        assert all(loop() for loop in loops())

    assert [] == [line for line in lines if line["log_level"] != "info"]


@pytest.mark.usefixtures("database")
def test_partitions_that_are_there_are_not_made_again() -> None:
    """The migrations made the first ones; a second call finds nothing to do."""
    from bellwork.db.systems import partitioned  # noqa: PLC0415 - read with the settings of the fixture

    for table in partitioned():
        make_partitions(table)

        assert [] == make_partitions(table)
