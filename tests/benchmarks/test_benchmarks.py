"""The quick mode of the benchmarks runs to its end; it takes minutes, prints nothing of note and asserts no speed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.measurements import MEASUREMENTS

if TYPE_CHECKING:
    from pytest import CaptureFixture  # noqa: PT013 - needed as a type alone


@pytest.mark.benchmark
@pytest.mark.timeout(1800)
def test_quick_mode_measures_everything(capsys: CaptureFixture[str]) -> None:
    """All measurements return figures, and every final state that they check is right."""
    main(["--quick", "--json"])
    measured = json.loads(capsys.readouterr().out)["measurements"]
    assert list(MEASUREMENTS) == list(measured)
    assert all(section["values"] for section in measured.values())
