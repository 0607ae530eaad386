"""What a lab is worth: points, the share that passes, time that all criteria have together."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.providers.labs import Run, differs, parse_criteria
from bellwork.tasks.providers.labs.judging import judge


class Answers:
    """A sandbox whose ports below 100 answer; a run takes as long as the port says in its hundreds, in seconds."""

    def run(self, argv: list[str], stdin: str, seconds: float) -> Run:
        """Print what came in."""
        del seconds
        return Run(0 if "fail" not in argv[-1] else 1, stdin.encode())

    def answers(self, port: int, seconds: float) -> bool:
        """Say yes to low ports."""
        del seconds
        return port < 100


@given(
    st.lists(st.tuples(st.integers(1, 1_000), st.booleans()), min_size=1, max_size=50),
    st.integers(1, 100),
)
def test_points_add_up_and_the_share_decides(parts: list[tuple[int, bool]], percent: int) -> None:
    """Passed is exactly: points / all points >= percent / 100, whatever is rounded for the eye."""
    listed = [{"kind": "port_answers", "port": 80 if met else 8080, "points": points} for points, met in parts]
    verdict = judge(Answers(), parse_criteria({"criteria": listed, "pass_percent": percent}))
    earned, of = sum(points for points, met in parts if met), sum(points for points, _ in parts)
    assert (earned, of) == (verdict.points, verdict.of)
    assert verdict.passed == (Fraction(earned, of) >= Fraction(percent, 100))
    assert abs(float(verdict.score) - 100 * earned / of) <= 0.005 + 1e-9


def test_a_verdict_tells_the_learner_what_failed_and_not_what_was_expected() -> None:
    """The document that a session keeps has each criterion by its name."""
    criteria = parse_criteria([
        {"kind": "output_equals", "command": "x", "stdin": "1\n3\n", "expected": "1\n2", "name": "counts"},
        {"kind": "command_succeeds", "command": "fail"},
    ])  # fmt: skip
    told = judge(Answers(), criteria).as_dict()
    assert "the output differs in line 2" == told["criteria"][0]["said"]
    assert "the command ended with 1" == told["criteria"][1]["said"]
    assert (False, "0.00", 0, 2) == (told["passed"], told["score"], told["points"], told["of"])
    assert "expected" not in str(told)


def test_criteria_for_which_no_time_is_left_are_not_passed() -> None:
    """All criteria of a lab share the time of one judge."""
    verdict = judge(Answers(), parse_criteria([{"kind": "port_answers", "port": 80}] * 2), seconds=0)
    assert ["no time was left: all share 0 s"] * 2 == [each.said for each in verdict.criteria]
    assert time.monotonic() > 0
    assert not verdict.passed


@pytest.mark.parametrize(
    ("output", "expected", "said"),
    [
        ("7\n", "7", ""),
        ("7  \r\n\n", "7", ""),
        ("7", "8", "the output differs in line 1"),
        ("1\n2", "1", "the output has 2 lines, which is more than expected"),
        ("1", "1\n2", "the output has 1 lines, which is fewer than expected"),
        (" 7", "7", "the output differs in line 1"),
        ("", "", ""),
    ],
)
def test_outputs_are_equal_but_for_blanks_at_ends(output: str, expected: str, said: str) -> None:
    """Blanks at ends of lines, line ends of Windows and empty last lines make no difference; all else does."""
    assert said == differs(output, expected)
