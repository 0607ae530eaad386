"""The grammar of success_criteria: what is judged, what is refused, and that all that is wrong is said at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.providers.labs import CriteriaError, check_criteria, parse_criteria

GOOD: list[dict[str, Any]] = [
    {"kind": "file_exists", "path": "src/app.py"},
    {"kind": "file_contains", "path": "app.py", "text": "def main", "points": 2},
    {"kind": "command_succeeds", "command": "python3 -m unittest", "name": "the tests pass"},
    {"kind": "output_equals", "command": "python3 app.py", "stdin": "3 4", "expected": "7"},
    {"kind": "port_answers", "port": 8080},
]


def test_every_kind_of_criterion_is_read() -> None:
    """A list alone has to be met in full; an object may ask for a share."""
    whole = parse_criteria(GOOD)
    share = parse_criteria({"criteria": GOOD, "pass_percent": 60})
    assert (100, 60) == (whole.pass_percent, share.pass_percent)
    assert [1, 2, 1, 1, 1] == [each.points for each in whole.criteria]
    assert "the tests pass" == whole.criteria[2].name
    assert "file exists: src/app.py" == whole.criteria[0].name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "neither a list nor an object"),
        ([], "no list of 1 to 50"),
        ({"criteria": GOOD, "pass": 3}, "know no 'pass'"),
        ({"criteria": GOOD, "pass_percent": 0}, "pass_percent is 0"),
        ({"criteria": GOOD, "pass_percent": True}, "pass_percent is True"),
        (["file exists"], "criterion 1: is str, not an object"),
        ([{"kind": "screenshot_matches"}], "its kind is 'screenshot_matches'; it is one of file_exists"),
        ([{"kind": ["file_exists"]}], "its kind is"),
        ([{"kind": "file_exists"}], "file_exists needs `path`"),
        ([{"kind": "file_exists", "path": "../../etc/passwd"}], "leads below the home"),
        ([{"kind": "file_exists", "path": "/etc/passwd"}], "leads below the home"),
        ([{"kind": "file_exists", "path": "a\0b"}], "NUL"),
        ([{"kind": "file_exists", "path": ""}], "`path` is empty"),
        ([{"kind": "file_exists", "path": "a", "text": "b"}], "file_exists knows no `text`"),
        ([{"kind": "port_answers", "port": "8080"}], "`port` is '8080', not a whole number"),
        ([{"kind": "port_answers", "port": 70_000}], "`port` is 70000"),
        ([{"kind": "file_exists", "path": "a", "points": 0}], "`points` is 0"),
        ([{"kind": "command_succeeds", "command": "x" * 10_001}], "longer than 10000"),
    ],
)
def test_what_no_judge_can_use_is_refused_and_said(given: Any, said: str) -> None:
    """Each mistake is named in words for the author of the course."""
    assert any(said in problem for problem in check_criteria(given)), check_criteria(given)
    with pytest.raises(CriteriaError):
        parse_criteria(given)


def test_all_mistakes_are_said_at_once() -> None:
    """An author mends a course in one go."""
    problems = check_criteria({"criteria": [{"kind": "port_answers"}, {"kind": "x"}], "pass_percent": 200, "y": 1})
    assert 4 == len(problems)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
words = st.sampled_from(["kind", "path", "text", "command", "stdin", "expected", "port", "points", "name"])
kinds = st.sampled_from([each["kind"] for each in GOOD])


@given(json | st.lists(st.dictionaries(words, json | kinds, max_size=5), min_size=1, max_size=3))
def test_any_document_is_either_read_or_refused(given: Any) -> None:
    """No document makes the check fail otherwise than by its own words."""
    if not check_criteria(given):
        assert all(each.points >= 1 for each in parse_criteria(given).criteria)
