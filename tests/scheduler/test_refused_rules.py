"""A rule of retention that does not fit the tables is named at the start, and nothing else stands still for it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bellwork.db.engine import transaction
from bellwork.scheduler.__main__ import _name_refused_rules

pytestmark = pytest.mark.usefixtures("database")


def test_a_rule_that_does_not_fit_is_named_at_the_start() -> None:
    """The rule, what it lacks, and that no row goes by it."""
    with transaction() as conn:
        conn.execute(text("ALTER TABLE content.content_requests DROP COLUMN deleted_at CASCADE"))
    with capture_logs() as said:
        _name_refused_rules()

    assert [("error", "no row goes by this rule")] == [(line["log_level"], line["event"]) for line in said]
    assert said[0]["reason"].startswith("the rule 'content.archive_requests' is refused: ")
    assert "has no column 'deleted_at'" in said[0]["reason"]


def test_rules_that_fit_are_not_spoken_of() -> None:
    """A start says nothing of them."""
    with capture_logs() as said:
        _name_refused_rules()

    assert [] == said
