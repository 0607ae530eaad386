"""Views, completions and ratings count once by event, whoever delivers them at once; what means nothing is refused."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.feedback import sweep_feedback
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.effects import shelf
from tests.tasks.content.effects.shelf import AMARA, apply, complete, figures, one, say, told, view
from tests.tasks.content.lesson import DIEGO, change

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = timedelta(days=1)
_SUMS = "SELECT views, completions, ratings, stars FROM {content}.content_counts"


def test_fifty_at_once_are_fifty_in_a_row(content: str) -> None:
    """Views, completions and ratings, each delivered twice, in ten threads: the sums of one after the other."""
    ratings = [say("rating_only", content, rating=1 + number % 5) for number in range(10)]
    works: list[Callable[[], object]] = []
    for number in range(25):
        works += [partial(view, content, f"v{number}")] * 2
    for number in range(15):
        works += [partial(complete, content, f"c{number}")] * 2
    for rating in ratings:
        works += [partial(apply, rating)] * 2
    shelf.at_once(works[::2] + works[1::2])

    assert (25, 15, "3.00") == figures(content)
    assert [(25, 15, 10, 30)] == shelf.ask(_SUMS)
    assert 25 == shelf.progress()["view_count"]


def test_sums_go_on_from_what_an_application_counted_before(content: str) -> None:
    """Its views and completions are the first sum; its average stands until there is a rating."""
    change("UPDATE {content}.generated_content SET view_count = 7, completion_count = NULL, average_rating = 4.5")
    view(content)
    complete(content)
    before = figures(content)
    told("rating_only", content, rating=2)

    assert ((8, 1, "4.50"), (8, 1, "2.00")) == (before, figures(content))


def test_ratings_outlive_the_feedback_that_is_archived(content: str) -> None:
    """The sum stays when the row is gone; what comes later is added to it."""
    told("rating_only", content, rating=5)
    change("DELETE FROM {content}.feedback")
    told("rating_only", content, rating=2)

    assert (0, 0, "3.50") == figures(content)


def test_an_average_has_two_decimals(content: str) -> None:
    """Of 4, 4 and 5: halves would go away from zero, as numeric rounds."""
    for rating in (4, 4, 5):
        told("rating_only", content, rating=rating)

    assert (0, 0, "4.33") == figures(content)


@pytest.mark.parametrize("kind", ["view", "completion"])
def test_an_event_is_known_by_its_student_and_id(content: str, kind: str) -> None:
    """The same id of another student, or for a completion beside a view, is another event."""
    shelf.serve(DIEGO)
    note = view if kind == "view" else complete
    other = complete if kind == "view" else view
    at = datetime.now(UTC) - 3 * DAY
    came = [note(content, "e1", at=at), note(content, "e1", at=at), note(content, "e1", DIEGO, at=at)]

    assert ["counted", "known", "counted", "counted"] == [*came, other(content, "e1", at=at)]


@pytest.mark.parametrize(
    ("at", "came"),
    [
        (timedelta(days=-35), "counted"),
        (timedelta(days=-35, microseconds=-1), "too old"),
        (timedelta(days=2, microseconds=-1), "counted"),
        (timedelta(days=2), "too early"),
    ],
)
def test_events_are_taken_of_35_days_and_of_tomorrow(content: str, at: timedelta, came: str) -> None:
    """Counted from 00:00 UTC; for each of these days there is a partition; what is refused changes nothing."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    assert came == view(content, at=midnight + at)
    assert (int(came == "counted"), 0, None) == figures(content)
    assert (came == "counted") == bool(shelf.progress())


_BAD: list[tuple[str, dict[str, Any], str]] = [
    ("view", {"event": ""}, "event_id is ''"),
    ("view", {"event": "x" * 141}, "1 to 140 characters"),
    ("view", {"at": None}, "at is NULL"),
    ("view", {"at": "infinity"}, "at is 'infinity'"),
    ("view", {"student": "user_nobody"}, "is nobody here"),
    ("view", {"student": None}, "student_id NULL"),
    ("view", {"student": "user_teacher_okafor"}, "is a teacher"),
    ("view", {"content": "content_none"}, "there is no content 'content_none'"),
    ("view", {"content": None}, "there is no content NULL"),
    ("view", {"seconds": -1}, "seconds is -1"),
    ("view", {"seconds": "NaN"}, "seconds is NaN"),
    ("view", {"seconds": "Infinity"}, "seconds is Infinity"),
    ("completion", {"event": None}, "event_id is NULL"),
    ("completion", {"at": "-infinity"}, "at is '-infinity'"),
]


@pytest.mark.parametrize(("kind", "wrong", "said"), _BAD)
def test_what_means_nothing_is_refused_with_a_reason(content: str, kind: str, wrong: dict[str, Any], said: str) -> None:
    """SQLSTATE 22023 for whoever calls; nothing is half written."""
    teacher = one("SELECT min(id) FROM {content}.users WHERE role = 'teacher'")
    asked = {"event": "e1", "student": AMARA, "content": content, "at": datetime.now(UTC), "seconds": 1} | wrong
    if asked["student"] == "user_teacher_okafor":
        asked["student"] = teacher
    call = {
        "view": "note_view(:event, :student, :content, CAST(:seconds AS float8), CAST(:at AS timestamptz))",
        "completion": "note_completion(:event, :student, :content, CAST(:at AS timestamptz))",
    }
    with pytest.raises(DBAPIError, match=said) as refused, transaction() as conn:
        conn.execute(sql(f"SELECT {{content}}.{call[kind]}"), asked)

    assert "22023" == refused.value.orig.sqlstate  # type: ignore[union-attr]
    assert ([], []) == (shelf.ask(_SUMS), shelf.ask("SELECT * FROM bellwork.seen_events"))


def test_what_is_rolled_back_was_not_counted(content: str) -> None:
    """The caller's transaction decides; delivered again, it counts."""
    at = datetime.now(UTC)
    noted = sql("SELECT 1 / (length({content}.note_view('e1', :s, :c, 1, :at)) - length('counted'))")
    with pytest.raises(DBAPIError, match="division by zero"), transaction() as conn:
        conn.execute(noted, {"s": AMARA, "c": content, "at": at})

    assert "counted" == view(content, "e1", at=at)
    assert (1, 0, None) == figures(content)


@pytest.mark.parametrize(
    ("role", "may"), [("bellwork_api", True), ("bellwork_worker", True), ("bellwork_ops", False), ("stranger", False)]
)
def test_an_api_layer_calls_these_functions_and_writes_nothing_itself(content: str, role: str, *, may: bool) -> None:
    """They have their owner's rights; whoever is no API layer and no worker may not call them."""
    feedback = say("mark_complete", content)
    calls = {
        "SELECT {content}.note_view('e1', :s, :c, 1, now())",
        "SELECT {content}.note_completion('e1', :s, :c, now())",
        "SELECT {content}.note_feedback(:f)",
    }
    writes = {"UPDATE {content}.generated_content SET view_count = 9", "DELETE FROM {content}.content_counts"}
    asked = {"s": AMARA, "c": content, "f": feedback}
    for statement in calls | (writes if role == "bellwork_api" else set()):
        refused = nullcontext() if may and statement in calls else pytest.raises(DBAPIError, match="permission denied")
        with refused, transaction() as conn:
            if role == "stranger":
                conn.execute(sql("CREATE ROLE stranger"))
                conn.execute(sql("GRANT USAGE ON SCHEMA {content} TO stranger"))
            conn.execute(sql(f"SET LOCAL ROLE {role}"))
            conn.execute(sql(statement), asked)
            if role == "stranger":
                conn.rollback()

    assert may == bool(enqueued("content.apply_feedback"))


def test_noted_feedback_has_one_job_and_its_effect(content: str) -> None:
    """Whoever inserts the row calls note_feedback in the same transaction; twice is once."""
    feedback = say("mark_complete", content)
    jobs = {one("SELECT {content}.note_feedback(:id)", id=feedback) for _ in range(2)}
    drain()

    assert 1 == len(jobs)
    assert ("completed", None) == shelf.became(feedback)
    with pytest.raises(DBAPIError, match="there is no feedback 'none'"):
        one("SELECT {content}.note_feedback('none')")


def test_the_trigger_is_off_until_it_is_switched_on(content: str) -> None:
    """Then each row of a statement has its job, in the inserting transaction; switched off again, none."""
    say("mark_complete", content)
    before = enqueued("content.apply_feedback")
    change("SELECT {content}.watch_feedback()")
    watched = [say("mark_complete", content) for _ in range(2)]
    jobs = [job["args"]["feedback_id"] for job in enqueued("content.apply_feedback")]
    change("SELECT {content}.watch_feedback(false)")
    say("mark_complete", content)

    assert ([], watched) == (before, jobs)
    assert watched == [job["args"]["feedback_id"] for job in enqueued("content.apply_feedback")]


def test_the_sweep_finds_feedback_whose_job_was_never_made(content: str) -> None:
    """After a minute, once, whether somebody sends it meanwhile or not; what had its effect is left alone."""
    now = datetime.now(UTC)
    told("mark_complete", content, at=now - timedelta(minutes=5))
    lost = say("make_simpler", content, at=now - timedelta(minutes=2))
    sent = say("make_simpler", content, at=now - timedelta(minutes=2))
    one("SELECT {content}.note_feedback(:id)", id=sent)
    say("make_simpler", content, at=now - timedelta(seconds=30))
    for _ in range(2):
        run_inline(sweep_feedback)

    assert {lost, sent} == {job["args"]["feedback_id"] for job in enqueued("content.apply_feedback")}
    assert 2 == len(enqueued("content.apply_feedback"))


@pytest.mark.parametrize(("minute", "found"), [(7, 1), (8, 0)])
def test_once_an_hour_the_sweep_looks_at_all_days(
    content: str, monkeypatch: pytest.MonkeyPatch, minute: int, found: int
) -> None:
    """Of 35 days; what is older has no effect any more and is not looked for."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz).replace(minute=minute)

    for days in (34, 36):
        say("make_simpler", content, at=datetime.now(UTC) - timedelta(days=days))
    monkeypatch.setattr("bellwork.tasks.content.feedback.datetime", Clock)
    run_inline(sweep_feedback)

    assert found == len(enqueued("content.apply_feedback"))
