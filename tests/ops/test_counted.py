"""`bellwork figures`: what a system counts of itself, in a table and as a document."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.tasks.content.figures.count import count_figures
from bellwork.workers.testing import run_inline
from tests.ops.desk import ask
from tests.tasks.content.lesson import insert


@pytest.fixture
def school(database: str) -> None:
    """A school in which one request was asked today, and counted."""
    del database
    with transaction() as conn:
        load_samples(conn)
    insert("why?", status="failed", metadata={"failure": {"stage": "generating_script"}})
    run_inline(count_figures)


@pytest.mark.usefixtures("school")
def test_figures_are_shown_and_printed() -> None:
    """The newest first; of one row each figure has a line, and what is not known is not 0."""
    shown, days = (
        ask("figures", "content", "days", "--days", "1"),
        ask("figures", "content", "days", "--days", "1", "--json"),
    )
    [row] = json.loads(days.out)["rows"]
    schools = json.loads(
        ask("figures", "content", "schools", "--days", "1", "--json", "--of", "school_hillsboro_hs").out
    )["rows"]
    hours = json.loads(ask("figures", "content", "hours", "--json", "--days", "1").out)["rows"]
    yesterday = datetime.now(UTC) - timedelta(days=1)

    assert "failed_script" in shown.out
    assert (1, 1, None, 6) == (row["requests"], row["failed_script"], row["fast_p50"], row["active_students"])
    assert ["school_hillsboro_hs"] == [each["school_id"] for each in schools]
    assert 1 == sum(each["requests"] for each in hours)
    assert all(datetime.fromisoformat(each["hour"]) > yesterday for each in hours)
    assert "Nothing is counted there yet: students who struggle" in ask("figures", "content", "struggling").out


@pytest.mark.usefixtures("database")
def test_a_wrong_word_is_told_with_those_that_there_are() -> None:
    """Of systems and of tables; without words, all are listed."""
    assert "no system 'x' counts anything; there are content" in ask("figures", "x").err
    assert (
        "content has no figures 'x'; there are days, schools, hours, struggling" in ask("figures", "content", "x").err
    )
    assert "bellwork figures content hours: requests of an hour (UTC)" in ask("figures").out
