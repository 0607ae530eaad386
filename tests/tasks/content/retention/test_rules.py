"""What is old enough goes, and nothing else: tokens are cleared, requests soft-deleted, feedback is archived."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.upkeep.archive.columns import read_columns
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.content.retention.old import (
    FEEDBACK,
    REQUESTS,
    TOKENS,
    Batches,
    add_feedback,
    add_requests,
    ask,
    change,
    deleted,
    parcels,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.usefixtures("district")
def test_vv15_only_expired_tokens_are_cleared() -> None:
    """A token whose time has passed goes with its time; one that is still good stays."""
    change("UPDATE {content}.users SET reset_token = id, reset_token_expires_at = now() + interval '1 minute'")
    change("UPDATE {content}.users SET reset_token_expires_at = now() - interval '1 second' WHERE id = 'user_student'")
    job = run_inline(sweep_by_rule, rule=TOKENS.key)

    assert "done" == job["state"]
    assert ["user_teacher"] == ask("SELECT reset_token FROM {content}.users WHERE reset_token IS NOT NULL")
    assert [None] == ask("SELECT reset_token_expires_at FROM {content}.users WHERE id = 'user_student'")


@pytest.mark.usefixtures("district")
def test_vv16_requests_go_after_90_days_and_only_at_their_end() -> None:
    """Completed and failed ones of more than 90 days are soft-deleted; younger ones and all others are untouched."""
    add_requests(3, 90.01)
    add_requests(2, 400, "failed", "failed")
    add_requests(2, 89.9, prefix="young")
    for status in ("nlu_processing", "needs_clarification", "fast_path_ready", "generating_video"):
        add_requests(1, 400, status, status)
    job = run_inline(sweep_by_rule, rule=REQUESTS.key)

    assert "done" == job["state"]
    assert {"old_00001", "old_00002", "old_00003", "failed_00001", "failed_00002"} == deleted()
    assert [("done", 5, 5)] == parcels()


def test_vv16_the_archive_holds_the_rows_as_they_were(district: Path) -> None:
    """The file that the ledger names lists every row, each text as it was, line breaks and quotes included."""
    add_requests(7, 100)
    before = ask("SELECT original_query FROM {content}.content_requests WHERE id LIKE 'old%' ORDER BY id DESC")
    run()
    [key] = ask("SELECT key FROM bellwork.retention_parcels")
    [url] = ask("SELECT url FROM bellwork.retention_parcels")
    rows = list(read_columns(district / "storage" / key, ("id", "original_query", "deleted_at")))

    assert f"file://{district}/storage/{key}" == url
    assert before == [row[1] for row in rows]
    assert {"None"} == {row[2] for row in rows}
    assert deleted() == {row[0] for row in rows}


@pytest.mark.usefixtures("district")
def test_vv17_feedback_moves_to_the_archive_after_two_years() -> None:
    """What is older is in the archive and not in the table; what is younger is only in the table."""
    add_feedback(5, 731)
    job = run_inline(sweep_by_rule, rule=FEEDBACK.key)

    assert "done" == job["state"]
    assert ["feedback_1"] == ask("SELECT id FROM {content}.feedback")
    assert [("done", 5, 5)] == parcels()


@pytest.mark.usefixtures("district")
def test_a_second_run_finds_nothing_to_do() -> None:
    """No row is taken twice and no second archive is made; the ledger keeps the sum."""
    add_requests(12, 100)
    first, second = run(), run()
    [kept] = ask("SELECT rows || ' of ' || total FROM bellwork.retention")

    assert (12, 1, 0, 0) == (first.rows, first.parcels, second.rows, second.parcels)
    assert "0 of 12" == kept
    assert 1 == len(parcels())


@pytest.mark.usefixtures("district")
def test_a_run_stops_with_its_budget_and_the_next_one_goes_on() -> None:
    """Cut off after each few batches, runs of a rule take every row once, through as many archives as need be."""
    add_requests(1_400, 100)
    runs = 0
    while run(budget=Batches(2)).unfinished:
        runs += 1
        assert runs < 20

    assert 2 <= runs
    assert 1_400 == len(deleted())
    assert {("done", 1_400, 1_400)} == set(parcels())


@pytest.mark.usefixtures("district")
def test_a_job_that_was_not_finished_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its budget spent, the job is snoozed: no failure, no retry burnt, and nothing left behind."""
    monkeypatch.setattr("bellwork.tasks.upkeep.sweeping.as_job.BUDGET", 0.0)
    add_requests(3, 100)
    job = run_inline(sweep_by_rule, rule=REQUESTS.key)

    assert ("scheduled", 0) == (job["state"], job["retries"])
    assert [("upkeep.sweep", {"rule": REQUESTS.key})] == [(each["actor"], each["args"]) for each in enqueued()]


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("rule", [TOKENS, FEEDBACK, REQUESTS], ids=lambda rule: rule.key)
def test_nothing_due_is_nothing_done(rule: object) -> None:
    """On a table without old rows a run ends after one look, and makes no archive."""
    swept = run(rule)

    assert (0, 0, False) == (swept.rows, swept.parcels, swept.unfinished)
    assert [] == parcels()
