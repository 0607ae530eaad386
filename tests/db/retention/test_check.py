"""A rule that does not fit the tables of this database is refused before a single row is touched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import transaction
from bellwork.db.retention import check_rules
from bellwork.db.sql import sql
from bellwork.db.systems import rules
from bellwork.db.vocabulary import RetentionRule, RuleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

GOOD: dict[str, Any] = {
    "key": "content.sweep_it",
    "table": "content_requests",
    "column": "created_at",
    "days": 90,
    "action": "soft delete",
    "cron": "@daily",
    "purpose": "a rule",
}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no table": ({"table": "lessons"}, 'there is no table "content"."lessons"; run `bellwork migrate`'),
    "no column": ({"column": "born_at"}, "has no column 'born_at'"),
    "no instant": ({"column": "retry_count"}, "'retry_count' is of type 'integer'"),
    "no deleted_at": ({"table": "feedback"}, "has no column 'deleted_at'"),
    "a column that must be": (
        {"action": "clear", "clears": ("created_at", "original_query")},
        "'original_query' is NOT NULL",
    ),
    "a condition that is none": ({"where": "t.status"}, "PostgreSQL cannot read 't.status'"),
    "a label that there is not": ({"where": "t.status = 'pending'"}, "invalid input value for enum"),
    "what takes others along": ({"table": "users", "action": "delete"}, "(which would go too)"),
    "what others hold": ({"table": "organizations", "action": "delete"}, "rows of"),
}


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    """A transaction on a migrated database."""
    del database
    with transaction() as opened:
        yield opened


def test_a_rule_that_does_not_fit_is_refused_with_the_reason(conn: Connection) -> None:
    """No table, no column, no instant, no condition, rows that others refer to: each in words; the rest goes on."""
    for wrong, (change, reason) in BAD.items():
        with pytest.raises(RuleError) as refused:
            check_rules(conn, [RetentionRule(**{**GOOD, **change})])

        assert reason in str(refused.value), wrong
        assert str(refused.value).startswith("the rule 'content.sweep_it' is refused: ")
    check_rules(conn, [RetentionRule(**GOOD), *rules().values()])


def test_a_key_of_two_columns_is_refused(conn: Connection) -> None:
    """Rows are taken by their id; where that is not the primary key, nothing is."""
    conn.execute(sql("CREATE TABLE {content}.pairs (id int, other int, at timestamptz, PRIMARY KEY (id, other))"))
    with pytest.raises(RuleError, match="is not 'id' alone"):
        check_rules(conn, [RetentionRule(**{**GOOD, "table": "pairs", "column": "at", "action": "delete"})])


def test_what_goes_along_is_named_or_refused(conn: Connection) -> None:
    """A key of another name is taken where the rule says so; each table whose rows would go too has to be named."""
    asked = {"key": "tutoring.sweep_it", "table": "churn_predictions", "column": "created_at", "action": "delete"}
    named = ("prediction_keys", "churn_overrides", "explanations")
    rule = RetentionRule(**{**GOOD, **asked, "by": "prediction_id", "along": named})
    check_rules(conn, [rule])

    with pytest.raises(RuleError, match="explanations \\(which would go too\\)"):
        check_rules(conn, [replace(rule, along=named[:2])])
    with pytest.raises(RuleError, match="has no column 'id'"):
        check_rules(conn, [replace(rule, by="id")])
