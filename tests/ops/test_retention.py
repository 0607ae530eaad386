"""`bellwork retention`: the dry run counts and changes nothing, the run does what was counted and says so."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import engine, forget, transaction
from bellwork.db.retention import Holder, acquire_lease
from bellwork.db.sql import sql
from bellwork.ops.cli import retention
from bellwork.ops.doctor.retention import check_retention
from bellwork.workers.testing import assert_enqueued
from tests.db.catalog import run_script
from tests.ops.desk import ask

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.ops.doctor.finding import Finding

_OLD = """
UPDATE {content}.content_requests SET created_at = now() - interval '100 days' WHERE status = 'failed';
UPDATE {content}.users SET reset_token = 'x', reset_token_expires_at = now() - interval '1 hour';
UPDATE {content}.organizations SET metadata = '{"contract_end": "2026-01-31"}' WHERE id = 'org_mnps';
UPDATE {content}.organizations SET metadata = '{"contract_end": "soon"}' WHERE id = 'school_hillsboro_hs';
"""
_LIVE = "SELECT count(*) FROM {content}.content_requests WHERE deleted_at IS NULL"


@pytest.fixture
def district(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district with an old request, two expired tokens, a contract that is over and one that nobody can read."""
    del database
    monkeypatch.setenv("STORAGE_URL", f"file://{tmp_path}/storage")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        for statement in _OLD.strip().split(";\n"):
            conn.execute(sql(statement.replace(":", r"\:")))
    return tmp_path


def _finding() -> Finding:
    with transaction() as conn:
        return check_retention(conn)


def _count(statement: str) -> int:
    with transaction() as conn:
        return int(conn.execute(sql(statement)).scalar_one())


@pytest.mark.usefixtures("district")
def test_the_plan_counts_what_is_due_and_changes_nothing() -> None:
    """Rows by rule, contracts with what is due today; asked twice it says the same, and every row is as it was."""
    first, second = ask("retention", "plan", "--json"), ask("retention", "plan", "--json")
    told = json.loads(first.out)

    assert (0, first.out) == (second.code, second.out)
    assert {
        "content.clear_reset_tokens": 2,
        "content.archive_requests": 1,
        "content.archive_feedback": 0,
        "content.remove_uploads": 0,
    } == {rule["key"]: rule["rows"] for rule in told["rules"] if rule["key"].startswith("content.")}
    assert {"org_mnps": "announce 'deleted_in_7_days'"}.items() <= {
        each["organization_id"]: each["action"] for each in told["contracts"]
    }.items()
    assert 2 == _count(_LIVE)


@pytest.mark.usefixtures("district")
def test_the_plan_says_what_would_be_deleted_with_an_organization() -> None:
    """A week after the last word, the rows of each table are counted, of the parts without a contract of their own."""
    ask("retention", "run", "content.end_contracts")
    with transaction() as conn:
        conn.execute(sql("UPDATE bellwork.contract_notices SET at = at - interval '8 days'"))
        conn.execute(sql("UPDATE {content}.organizations SET metadata = NULL WHERE id = 'school_hillsboro_hs'"))
    [ending] = json.loads(ask("retention", "plan", "--json").out)["contracts"]
    said = ask("retention", "plan").out
    ask("retention", "run", "content.end_contracts")

    assert ("delete", 2, 2) == (ending["action"], ending["rows"]["users"], ending["rows"]["content_requests"])
    assert "org_mnps (Metro Nashville Public Schools), contract until 2026-01-31: delete: " in said
    assert_enqueued("content.delete_organization", organization_id="org_mnps", contract_end="2026-01-31")


@pytest.mark.usefixtures("district")
def test_a_run_does_what_was_counted_and_says_so() -> None:
    """Every rule has its line; a second run finds nothing left."""
    first, second = (json.loads(ask("retention", "run", "--json").out) for _ in range(2))
    rows = {each["rule"]: each["rows"] for each in first}

    assert {"content.clear_reset_tokens": 2, "content.archive_requests": 1}.items() <= rows.items()
    assert not any(each["rows"] for each in second)
    assert 1 == _count(_LIVE)
    assert [each["said"] for each in first if "soon" in (each["said"] or "")]


@pytest.mark.usefixtures("district")
def test_a_rule_that_somebody_else_sweeps_by_is_said_and_stops_no_other() -> None:
    """Exit code 1, the line says by whom it is held, and the other rules are run."""
    with transaction() as conn:
        acquire_lease(conn, "content.archive_requests", Holder("job 7"))
    answer = ask("retention", "run", "content.archive_requests", "content.clear_reset_tokens", "--json")
    held, tokens = json.loads(answer.out)

    assert 1 == answer.code
    assert "job 7 sweeps by 'content.archive_requests' now" in held["said"]
    assert 2 == tokens["rows"]


@pytest.mark.usefixtures("district")
def test_rows_that_cannot_be_counted_soon_stop_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever watches is told how many there are, or only how many were taken."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    counted = retention._due("content.clear_reset_tokens")
    monkeypatch.setattr(retention, "COUNTING", 0.1)
    with engine().begin() as other:
        other.execute(sql("LOCK TABLE {content}.users"))
        late = retention._due("content.clear_reset_tokens")

    assert (2, None) == (counted, late)


@pytest.mark.usefixtures("district")
def test_no_seconds_are_no_rows() -> None:
    """A run without time touches nothing and says that there is more."""
    [told] = json.loads(ask("retention", "run", "content.clear_reset_tokens", "--seconds", "0", "--json").out)

    assert (0, True) == (told["rows"], told["unfinished"])
    assert "more" in ask("retention", "run", "content.clear_reset_tokens", "--seconds", "0").out


@pytest.mark.usefixtures("database")
def test_a_rule_that_there_is_not_is_named_with_those_there_are() -> None:
    """One line on stderr, exit code 1."""
    answer = ask("retention", "run", "content.sweep_all")

    assert 1 == answer.code
    assert "there is no rule 'content.sweep_all'; there are " in answer.err
    assert " content.clear_reset_tokens, " in answer.err


@pytest.mark.usefixtures("database")
def test_a_table_that_does_not_fit_is_one_line() -> None:
    """An adopted schema without the column: the rule is refused with the reason, no traceback."""
    with transaction() as conn:
        conn.execute(sql("ALTER TABLE {content}.content_requests DROP COLUMN deleted_at CASCADE"))
    answer = ask("retention", "plan")

    assert 1 == answer.code
    assert "the rule 'content.archive_requests' is refused: " in answer.err
    assert "has no column 'deleted_at'" in answer.err


@pytest.mark.usefixtures("district")
def test_the_doctor_tells_a_rule_that_does_not_fit_from_a_run_that_left_something() -> None:
    """All well at first; an unreadable contract is a warning; a column that is gone is a failure, with the reason."""
    well = _finding()
    ask("retention", "run", "content.end_contracts")
    left = _finding()
    with transaction() as conn:
        conn.execute(sql("ALTER TABLE {content}.content_requests DROP COLUMN deleted_at CASCADE"))
    broken = _finding()

    assert ["ok", "warn", "fail"] == [well.kind, left.kind, broken.kind]
    assert "'school_hillsboro_hs' has contract_end 'soon'" in left.said
    assert "has no column 'deleted_at'" in broken.said
