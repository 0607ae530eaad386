"""The page of pipelines: stages with their oldest, what disagreed, providers; and no look at rows that are over."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from bellwork.db import troubles
from bellwork.db.content.pipelines import REQUESTS
from bellwork.db.content.seed import load_samples
from bellwork.db.content.tables import RequestStatus
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.pipelines import compare, note, standing
from bellwork.db.systems import pipelines
from bellwork.ops.web import dashboard
from bellwork.tasks.content.pipeline import resume_request
from bellwork.workers import due_set
from tests.db.ledger import hands
from tests.ops.test_figures import renew
from tests.tasks.content.lesson import NEWTON_TOPIC, insert

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = {"topic_id": NEWTON_TOPIC, "interest_id": "int_basketball"}


@pytest.fixture
def browser(database: str) -> Iterator[TestClient]:
    """Somebody who looks at a school with five requests under way."""
    del database
    with transaction() as conn:
        load_samples(conn)
    for status in ("nlu_processing", "nlu_processing", "cache_check", "generating_video", "needs_clarification"):
        resume_request(RequestStatus.NLU_PROCESSING, insert(status=status, **KNOWN))
    renew()
    with TestClient(dashboard(["here"]), "http://here") as client:
        yield client


def seen(browser: TestClient) -> str:
    """What is read of the page."""
    answer = browser.get("/pipeline")
    assert 200 == answer.status_code, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_stages_stand_in_their_order_with_what_takes_them_on(browser: TestClient) -> None:
    """Rows and their oldest, unfinished jobs; and that nothing was compared yet."""
    page = seen(browser)
    places = [page.index(f" {stage.status} ") for stage in REQUESTS.stages]

    assert sorted(places) == places
    assert re.search(r"nlu_processing 2 \S+ \S+ [\d.]+ \w+ ago 5 content.understand", page), page
    assert "needs_clarification" not in page
    assert page.index("companion.practice_sets") < page.index("content.requests")
    assert len(pipelines()) == page.count("Not compared yet")


def test_what_disagrees_is_said_with_an_example_and_the_command(browser: TestClient) -> None:
    """As the last comparison found it; and by the first page, too."""
    with transaction() as conn:
        note(conn, compare(REQUESTS, age=0), "a test")
    renew()
    page = seen(browser)

    assert "2 rows wait, and have no job, 2 jobs are second ones for their rows." in page, page
    assert "there is no job of content.check_cache for it" in page
    assert "bellwork reconcile --heal mends them" in page
    assert "4 disagreements between rows and jobs of content.requests" in browser.get("/").text


def test_providers_that_are_left_alone_are_named_and_redis_away_is_said(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turns, troubles and budgets are the fleet's, limits those of the settings."""
    troubles.note(due_set.client(), "tts", "open", "it failed 5 times in a row", 60)
    hands.run("INSERT INTO bellwork.budgets (provider, calls) VALUES ('llm', 7)")
    page = seen(browser)

    assert "tts ! left alone it failed 5 times in a row" in page, page
    assert "llm ✓ built in 0 of any any money 0.00 of any, calls 0 of 7, tokens 0 of any" in page, page
    monkeypatch.setattr(browser.app.state.now, "_taken", float("-inf"))  # type: ignore[attr-defined] # Starlette's
    monkeypatch.setattr("bellwork.db.redis_client.look", lambda: ("does not answer", ()))

    assert "is kept in Redis, which does not answer" in seen(browser)


def test_a_table_without_its_index_or_not_there_stops_no_other(browser: TestClient) -> None:
    """Each says what is the matter with it alone."""
    hands.run("ALTER TABLE companion.practice_sets RENAME TO elsewhere")
    page = seen(browser)

    assert "Not shown the pipeline 'companion.practice_sets' is of a table" in page
    assert "nlu_processing 2" in page


def test_rows_that_are_over_are_not_looked_at(browser: TestClient) -> None:
    """However many there are: each statement goes by the index of those that are not over."""
    del browser
    with transaction() as conn:
        driver = psycopg_of(conn)
        driver.execute(b"ANALYZE content.content_requests")
        driver.execute(b"SET LOCAL enable_seqscan = off")
        before = driver.execute(_SCANS).fetchone()
        standing(conn, REQUESTS)
        after = driver.execute(_SCANS).fetchone()

    assert before is not None
    assert after is not None
    assert before[0] == after[0], "sequential scans of the table"
    assert after[1] > before[1]


_SCANS = b"""
SELECT pg_stat_get_xact_numscans('content.content_requests'::regclass),
       (SELECT sum(pg_stat_get_xact_numscans(indexrelid)) FROM pg_index
        WHERE indrelid = 'content.content_requests'::regclass)::int
"""
