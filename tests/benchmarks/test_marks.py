"""Marks are shared by all who map the file, are counted once however often they are set, and can be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.benchmarks import loads
from tests.benchmarks.marks import MARKS, Marks

if TYPE_CHECKING:
    from pathlib import Path


def test_a_mark_is_seen_by_everybody_and_counted_once(tmp_path: Path) -> None:
    """A worker's second run of a job changes nothing."""
    runner, worker = Marks(tmp_path / "marks"), Marks(tmp_path / "marks")
    for number in (0, 2, 2):
        worker.done(number)
    assert 2 == runner.count(3)
    assert 1 == runner.count(2)


def test_notes_come_back_in_their_order(tmp_path: Path) -> None:
    """What was not noted is left out."""
    marks = Marks(tmp_path / "marks")
    marks.note(2, 0.25)
    marks.note(0, 0.5)
    assert [0.5, 0.25] == marks.notes(3)


def test_clearing_forgets_both(tmp_path: Path) -> None:
    """What lies beyond stays."""
    marks = Marks(tmp_path / "marks")
    for number in (0, 1):
        marks.done(number)
        marks.note(number, 1.0)
    marks.clear(1)
    assert 1 == marks.count(2)
    assert [1.0] == marks.notes(2)


def test_more_jobs_than_marks_are_refused(tmp_path: Path) -> None:
    """The message says how many can be marked."""
    with pytest.raises(ValueError, match=str(MARKS)):
        Marks(tmp_path / "marks").clear(MARKS + 1)


def test_every_stage_of_every_row_has_a_mark_of_its_own() -> None:
    """The jobs of six stages on five rows are thirty."""
    job, calls = loads.calls("stages", 5)
    marks = {row * stages + stage for row, _, stages in calls for stage in range(int(stages))}
    assert "advance" == job
    assert set(range(30)) == marks
    assert 30 == loads.jobs("stages", 5)


def test_paced_sends_say_when_they_were_sent() -> None:
    """Each goes to a slot of its own, from the first on."""
    sent: list[tuple[float, ...]] = []
    loads.paced(lambda _, calls: sent.extend(calls), first=3, count=2, apart=0.0)
    assert [3, 4] == [number for number, _ in sent]
    assert sent[0][1] <= sent[1][1]
