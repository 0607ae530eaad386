"""`bellwork.enqueue_many` with bad lists: all or none, and the message names the job that is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.db.ledger import callers, ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

GOOD = {"actor": callers.ACTOR}
DEEP = json.loads("[" * 70 + "]" * 70)
#: What the second of three jobs is, the SQLSTATE, and what the message says of it.
REFUSED: dict[str, tuple[Any, str, str]] = {
    "a number": (5, "22023", r"jobs\[1\] is number; give a JSON array of {\"actor\""),
    "a list": ([], "22023", r"jobs\[1\] is array"),
    "null": (None, "22023", r"jobs\[1\] is null"),
    "empty": ({}, "22023", r"jobs\[1\] names no actor"),
    "actor null": ({"actor": None}, "22023", r"jobs\[1\] names no actor"),
    "actor a number": ({"actor": 5}, "22023", r"jobs\[1\] names no actor"),
    "actor a list": ({"actor": ["t"]}, "22023", r"jobs\[1\] names no actor"),
    "args a list": (GOOD | {"args": [1]}, "22023", r"jobs\[1\] has args of type array"),
    "args a text": (GOOD | {"args": "{}"}, "22023", r"jobs\[1\] has args of type string"),
    "args null": (GOOD | {"args": None}, "22023", r"jobs\[1\] has args of type null"),
    "a slip of the finger": (GOOD | {"prio": 3}, "22023", r"jobs\[1\] has the unknown field 'prio'"),
    "a name with a quote": (GOOD | {"a'b": 3}, "22023", r"jobs\[1\] has the unknown field 'a''b'"),
    "a bad actor": ({"actor": "two\nlines"}, "23514", r"jobs\[1\]: .*no_control_or_invisible_characters"),
    "a bad queue": (GOOD | {"queue": "a queue"}, "23514", r"jobs\[1\]: .*at_most_100_letters"),
    "a queue of numbers": (GOOD | {"queue": [1]}, "23514", r"jobs\[1\]: .*at_most_100_letters"),
    "priority 5,000": (GOOD | {"priority": 5_000}, "23514", r"jobs\[1\]: .*between_minus_1000_and_1000"),
    "priority 2^15": (GOOD | {"priority": 32_768}, "22003", r"jobs\[1\]: smallint out of range"),
    "priority 2^31": (GOOD | {"priority": 2**31}, "22003", r"jobs\[1\]: value \"2147483648\" is out of range"),
    "priority 1.5": (GOOD | {"priority": 1.5}, "22P02", r"jobs\[1\]: invalid input syntax for type integer: \"1.5\""),
    "priority high": (GOOD | {"priority": "high"}, "22P02", r"jobs\[1\]: invalid input syntax"),
    "run_at soon": (GOOD | {"run_at": "soon"}, "22007", r"jobs\[1\]: .*\"soon\""),
    "run_at never": (GOOD | {"run_at": "infinity"}, "23514", r"jobs\[1\]: .*after_1970_and_before_2200"),
    "run_at a number": (GOOD | {"run_at": 1_790_000_000_000}, "22008", r"jobs\[1\]: .*out of range"),
    "an empty key": (GOOD | {"unique_key": ""}, "23514", r"jobs\[1\]: .*between_1_and_200_bytes"),
    "too much": (GOOD | {"args": {"x": "y" * 65_536}}, "23514", r"jobs\[1\]: .*at_most_64_kib"),
    "too deep": (GOOD | {"args": {"x": DEEP}}, "23514", r"jobs\[1\]: .*at_most_64_levels"),
    "too large": (GOOD | {"args": {"x": 10**400}}, "23514", r"jobs\[1\]: .*numbers_below_1e308"),
}


@pytest.mark.parametrize(("job", "sqlstate", "words"), REFUSED.values(), ids=REFUSED)
def test_one_bad_job_is_named_and_none_is_inserted(undone: Connection, job: Any, sqlstate: str, words: str) -> None:
    """Jobs before and behind the bad one are not there either, and the session goes on."""
    with callers.refused(undone, sqlstate, words):
        callers.enqueue_many(undone, [GOOD, job, GOOD])
    callers.enqueue(undone)

    assert 1 == ledger_jobs.count()


@pytest.mark.parametrize(
    ("jobs", "sqlstate", "words"),
    [
        ("5", "22023", "jobs is number"),
        ('"text"', "22023", "jobs is string"),
        ("null", "22023", "jobs is null"),
        ('{"actor": "t"}', "22023", "jobs is object"),
        ("", "22P02", "invalid input syntax for type json"),
        ("[{]", "22P02", "invalid input syntax for type json"),
        ('[{"actor": "t\\u0000"}]', "22P05", "unsupported Unicode escape sequence"),
        ("[" * 20_000 + "]" * 20_000, "54001", "stack depth limit exceeded"),
    ],
    ids=["number", "text", "null", "object", "nothing", "no JSON", "NUL", "deep"],
)
def test_what_is_no_list_is_refused(undone: Connection, jobs: str, sqlstate: str, words: str) -> None:
    """The message says what it is and what it should be."""
    with callers.refused(undone, sqlstate, words):
        callers.enqueue_many(undone, jobs)

    assert 0 == callers.waiting(undone)


def test_an_empty_list_is_no_job(undone: Connection) -> None:
    """Nothing is asked, nothing is done."""
    assert (0, 0) == (callers.enqueue_many(undone, []), callers.waiting(undone))


def test_what_is_null_is_as_if_it_were_not_there(undone: Connection) -> None:
    """Callers that build objects from columns send null for what they leave to the actor."""
    job = GOOD | {"queue": None, "priority": None, "run_at": None, "unique_key": None}
    inserted = callers.enqueue_many(undone, [job, GOOD])

    assert (2, 2) == (inserted, ledger_jobs.count())


def test_the_last_of_ten_thousand_is_found(undone: Connection) -> None:
    """However long the list, the message names the place, counted from 0."""
    with callers.refused(undone, "23514", r"jobs\[9999\]"):
        callers.enqueue_many(undone, [GOOD] * 9_999 + [GOOD | {"priority": 5_000}])

    assert 0 == callers.waiting(undone)
