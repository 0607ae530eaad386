"""What looks odd to the SQL functions and can be meant is a job exactly as it was given, which a worker can read."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.db.ledger import callers, ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection

TAKEN: dict[str, dict[str, Any]] = {
    "an actor nobody knows": {"actor": "nobody.knows"},
    "an actor in quotes": {"actor": "\"';-- $$ \\ %s {0}"},
    "an actor in capitals": {"actor": "T.CALLERS"},
    "an actor in Hindi": {"actor": "\u0915\u093e\u092e"},
    "2^53 + 1": {"args": '{"x": 9007199254740993}'},
    "the largest double": {"args": '{"x": 1e308}'},
    "64 levels": {"args": '{"x": ' + "[" * 64 + "]" * 64 + "}"},
    "names that mean something elsewhere": {"args": '{"__proto__": {"x": 1}, "constructor": 2, "self": 3}'},
    "an empty name": {"args": '{"": {"": ""}}'},
    "control characters": {"args": '{"x": "\\u0001\\u001b[2J\\u007f\\u202e"}'},
    "all planes": {"args": '{"x": "\\ud83d\\udd14 \u00e9 \uffff"}'},
    "a queue nobody serves": {"queue": "nobody-serves.this_1"},
    "an emoji as key": {"key": "\U0001f514" * 50},
    "1970 and a second": {"run_at": "1970-01-01 00:00:01Z"},
    "the end of 2199": {"run_at": "2199-12-31 23:59:59.999999Z"},
}


@pytest.mark.parametrize("given", TAKEN.values(), ids=TAKEN)
def test_what_looks_odd_and_can_be_meant_comes_back_as_it_was_given(undone: Connection, given: dict[str, Any]) -> None:
    """It is a job with exactly these values, which a worker can read."""
    job = callers.enqueue(undone, **given)
    row = ledger_jobs.show(job)
    claimed = ledger_jobs.claim(ledger_jobs.appear(row["actor"]), [job], row["actor"])

    assert given.get("actor", callers.ACTOR) == row["actor"]
    assert (given.get("queue") or "default", given.get("key")) == (row["queue"], row["unique_key"])
    assert json.loads(given.get("args", "{}"), parse_float=Decimal) == row["args"]
    assert (row["state"] == "available") == bool(claimed)


def test_of_a_name_given_twice_the_last_counts(undone: Connection) -> None:
    """So does JSON in PostgreSQL."""
    job = callers.enqueue(undone, args='{"x": 1, "x": 2}')

    assert {"x": 2} == ledger_jobs.show(job)["args"]


def test_keys_that_only_look_alike_are_two(undone: Connection) -> None:
    """A key is compared by its bytes: an accent that is composed is not one that is added."""
    first, second = callers.enqueue(undone, key="caf\u00e9"), callers.enqueue(undone, key="cafe\u0301")

    assert first != second


@pytest.mark.parametrize(
    ("said", "zone", "expected"),
    [
        ("2026-01-15 12:00", "America/New_York", "2026-01-15 17:00Z"),
        ("2026-03-08 02:30", "America/New_York", "2026-03-08 07:30Z"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01 06:30Z"),
        ("2026-03-08 02:30Z", "America/New_York", "2026-03-08 02:30Z"),
    ],
)
def test_a_time_without_a_zone_is_the_callers_local_time(
    undone: Connection, said: str, zone: str, expected: str
) -> None:
    """In the hour that a zone skips it is an hour later, in the hour that comes twice it is the second."""
    undone.execute(text("SELECT set_config('timezone', :zone, true)"), {"zone": zone})
    job = callers.enqueue(undone, run_at=said)
    same = text("SELECT run_at = CAST(:expected AS timestamptz) FROM bellwork.jobs WHERE id = :job")

    assert undone.execute(same, {"expected": expected, "job": job}).scalar_one()
