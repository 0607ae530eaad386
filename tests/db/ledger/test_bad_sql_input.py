"""Whatever is given to the SQL functions is either a job as it was meant or refused with a reason, never half a job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from tests.db.ledger import callers, ledger_jobs

if TYPE_CHECKING:
    from sqlalchemy import Connection


def nested(levels: int) -> str:
    """Return args whose innermost list lies so many levels deep."""
    return '{"x": ' + "[" * levels + "]" * levels + "}"


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "actor of 10 kB": ({"actor": "x" * 10_000}, "23514"),
    "actor with a mark of direction": ({"actor": "t.\u202ecallers"}, "23514"),
    "actor with an invisible blank": ({"actor": "t.\u200bcallers"}, "23514"),
    "actor with a terminal's escape": ({"actor": "t.\x9b2Jcallers"}, "23514"),
    "actor with DEL": ({"actor": "t.\x7f"}, "23514"),
    "args NaN": ({"args": '{"x": NaN}'}, "22P02"),
    "args Infinity": ({"args": '{"x": Infinity}'}, "22P02"),
    "args with a number beyond doubles": ({"args": '{"x": [{"y": -1e309}]}'}, "23514"),
    "args with a number of 5,000 digits": ({"args": '{"x": 1e5000}'}, "23514"),
    "args with a number of 200,000 digits": ({"args": '{"x": 1e200000}'}, "22003"),
    "args of 65 levels": ({"args": nested(65)}, "23514"),
    "args of 2,000 levels": ({"args": nested(2_000)}, "23514"),
    "args of 20,000 levels": ({"args": nested(20_000)}, "54001"),
    "args over 64 KiB": ({"args": json.dumps({"x": "y" * 65_536})}, "23514"),
    "args that are short but long to read": ({"args": json.dumps({"x": ["y"] * 14_000})}, "23514"),
    "args with digits that say nothing": ({"args": '{"x": [' + ", ".join(["1e-16000"] * 10) + "]}"}, "23514"),
    "args of 1 MB": ({"args": json.dumps({"x": "y" * 1_000_000})}, "23514"),
    "args cut off": ({"args": '{"x": "y'}, "22P02"),
    "args with a comma too many": ({"args": '{"x": 1,}'}, "22P02"),
    "two documents": ({"args": "{} {}"}, "22P02"),
    "no text at all": ({"args": ""}, "22P02"),
    "year 294276": ({"run_at": "294276-12-31"}, "23514"),
    "year 294277": ({"run_at": "294277-01-01"}, "22008"),
    "the 30th of February": ({"run_at": "2026-02-30"}, "22008"),
    "some day": ({"run_at": "some day"}, "22007"),
    "a zone that is none": ({"run_at": "2026-07-01 12:00 Europe/Atlantis"}, "22023"),
    "key of 201 bytes in emoji": ({"key": "\U0001f514" * 51}, "23514"),
    "queue with a path": ({"queue": "../default"}, "23514"),
    "queue with SQL": ({"queue": "default'; DROP TABLE bellwork.jobs; --"}, "23514"),
    "priority 2^15": ({"priority": 32_768}, "22003"),
    "priority 2^31": ({"priority": 2_147_483_648}, "42883"),
}


@pytest.mark.parametrize(("given", "sqlstate"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_and_the_session_goes_on(
    undone: Connection, given: dict[str, Any], sqlstate: str
) -> None:
    """The SQLSTATE says why, nothing of the job is there, and the jobs before and after it in the session are."""
    callers.enqueue(undone)
    with callers.refused(undone, sqlstate):
        callers.enqueue(undone, **given)
    callers.enqueue(undone)

    assert 2 == ledger_jobs.count()


@pytest.mark.parametrize("given", [{"actor": "t\0"}, {"key": "\0"}, {"queue": "\0"}, {"args": '{"x": "\0"}'}])
def test_a_zero_byte_does_not_get_past_the_driver(undone: Connection, given: dict[str, str]) -> None:
    """PostgreSQL has no such text, and the driver says so; the session goes on."""
    with pytest.raises(DataError, match="NUL"), undone.begin_nested():
        callers.enqueue(undone, **given)
    callers.enqueue(undone)

    assert 1 == ledger_jobs.count()


@pytest.mark.parametrize("argument", ["actor", "queue", "unique_key"])
def test_bytes_that_are_no_text_are_refused(undone: Connection, argument: str) -> None:
    """A caller whose driver checks nothing is told by the server."""
    asked = {"actor": "'t.x'", argument: r"convert_from('\xff', 'UTF8')"}
    with callers.refused(undone, "22021"):
        undone.execute(text(f"SELECT bellwork.enqueue({', '.join(f'{k} => {v}' for k, v in asked.items())})"))

    assert 0 == callers.waiting(undone)


@pytest.mark.parametrize("column", ["args", "options"])
@pytest.mark.parametrize("value", ["[1]", "5", '"text"', "null", "true", '{"x": 1e309}', nested(65)])
def test_a_row_inserted_by_hand_obeys_the_same_rules(undone: Connection, column: str, value: str) -> None:
    """Who may write the table cannot put there what a worker could not read."""
    statement = f"INSERT INTO bellwork.jobs (queue, actor, {column}) VALUES ('default', 't.x', CAST(:value AS jsonb))"  # noqa: S608 - the columns stand above
    with callers.refused(undone, "23514"):
        undone.execute(text(statement), {"value": value})

    assert 0 == callers.waiting(undone)


@pytest.mark.soak
def test_args_of_300_megabytes_are_refused(undone: Connection) -> None:
    """Too long for any jsonb; marked as a soak for the memory that it takes."""
    asked = text("SELECT bellwork.enqueue('t.x', jsonb_build_object('x', repeat('x', 300000000)))")
    with callers.refused(undone, "54000"):
        undone.execute(asked)

    assert 0 == callers.waiting(undone)
