"""A student's progress with a topic: every event counts once, in any order, and no status ever goes back."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.feedback import apply_feedback
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.effects import shelf
from tests.tasks.content.effects.shelf import AMARA, NEWTON_TOPIC, complete, progress, told, view
from tests.tasks.content.lesson import ask, change, insert

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime.now(UTC)
MADE = NOW - timedelta(days=20)
STATUSES = ("not_started", "in_progress", "struggling", "completed")


def status() -> str:
    """Return the status of Amara's progress."""
    return str(progress()["status"])


def ask_again(times: int) -> None:
    """Let Amara's requests of the topic be so many, as the pipeline counts them."""
    for _ in range(times):
        ask(student_id=AMARA, topic_id=NEWTON_TOPIC, interest_id=shelf.BASKETBALL)
    drain("content", "content-fast")


@pytest.mark.parametrize(
    ("requests", "views", "wishes", "expected"),
    [
        (1, 0, 0, "not_started"),
        (2, 0, 0, "not_started"),
        (3, 0, 0, "struggling"),
        (1, 1, 0, "in_progress"),
        (2, 1, 0, "struggling"),
        (1, 2, 0, "struggling"),
        (1, 0, 1, "not_started"),
        (1, 1, 1, "in_progress"),
        (1, 0, 2, "struggling"),
    ],
)
@pytest.mark.usefixtures("studio")
def test_both_sides_of_each_threshold(requests: int, views: int, wishes: int, expected: str) -> None:
    """Struggling from three requests and views on, or two wishes for another lesson (content, struggling rule)."""
    content = shelf.make(style="very simple")
    ask_again(requests - 1)
    shelf.serve(AMARA, style="very simple")
    for _ in range(wishes):
        assert "held" == told("make_simpler", content)[0]
    for _ in range(views):
        view(content)
    if not views and not wishes:
        with transaction() as conn:
            conn.execute(sql("SELECT {content}.settle_progress(:s, :t)"), {"s": AMARA, "t": NEWTON_TOPIC})

    assert expected == status()


@pytest.mark.usefixtures("studio")
def test_a_third_request_makes_a_student_struggle_by_itself() -> None:
    """In the commit in which its topic is understood; each request counts once."""
    found = []
    for _ in range(3):
        ask_again(1)
        found.append(status())

    assert ["not_started", "not_started", "struggling"] == found


def test_views_and_a_completion_lead_to_the_end(content: str) -> None:
    """The way that the document's states are in."""
    found = []
    view(content)
    found.append(status())
    complete(content)
    found.append(status())
    for _ in range(5):
        view(content)
    found.append(status())

    assert ["in_progress", "completed", "completed"] == found
    assert 6 == progress()["view_count"]


#: What may happen to a topic, each strong enough to move a status by itself.
_MOVES: dict[str, Callable[[str], object]] = {
    "view": view,
    "third view": lambda content: [view(content) for _ in range(3)],
    "completion": complete,
    "late view": lambda content: view(content, at=NOW - timedelta(days=30)),
    "late completion": lambda content: complete(content, at=NOW - timedelta(days=30)),
    "mark_complete": lambda content: told("mark_complete", content),
    "two wishes": lambda content: [told("make_simpler", content) for _ in range(2)],
    "rating": lambda content: told("rating_only", content, rating=1),
    "issue": lambda content: told("report_issue", content),
}


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("move", _MOVES)
def test_no_move_takes_any_state_back(content: str, before: str, move: str) -> None:
    """Over every state and every event: the same state or a later one, and completed is the last."""
    change(
        "INSERT INTO {content}.student_progress (student_id, topic_id, status)"
        " VALUES (:s, :t, CAST(:before AS {content}.progress_status))",
        s=AMARA, t=NEWTON_TOPIC, before=before,
    )  # fmt: skip
    _MOVES[move](content)

    assert STATUSES.index(before) <= STATUSES.index(status())
    if "complet" in move:
        assert "completed" == status()


class Event(NamedTuple):
    """What is told of a student: `at` and `seconds` are whole seconds, from the day the content was made."""

    number: int
    kind: str
    at: int
    seconds: int
    which: int


_SPAN = int((NOW - MADE).total_seconds())
_EVENTS = st.lists(
    st.builds(
        Event,
        number=st.integers(0, 6),
        kind=st.sampled_from(["view", "view", "view", "completion", "completion", "wish", "mark_complete"]),
        at=st.one_of(st.integers(0, 600), st.integers(0, _SPAN), st.integers(_SPAN - 100, _SPAN + 3_600)),
        seconds=st.one_of(st.integers(0, 300), st.integers(0, 200_000)),
        which=st.integers(0, 1),
    ),
    max_size=8,
    unique_by=lambda event: (event.kind, event.number),
)


@pytest.fixture
def pair(content: str) -> list[str]:
    """Two pieces of content of one topic that Amara was served, made twenty days ago."""
    other = shelf.serve(AMARA, style="very simple")
    change("UPDATE {content}.generated_content SET created_at = :made", made=MADE)
    return [content, other]


@settings(max_examples=15)
@given(events=_EVENTS, data=st.data())
def _law(pair: list[str], events: list[Event], data: st.DataObject) -> None:
    deliveries = data.draw(st.permutations([event for event in events for _ in range(2)]))
    for emptied in ("bellwork.seen_events", "{content}.topic_engagement", "{content}.content_counts", "bellwork.jobs"):
        change(f"DELETE FROM {emptied}")  # noqa: S608 - the tables stand above
    change("DELETE FROM {content}.feedback")
    change("DELETE FROM {content}.content_requests WHERE metadata ? 'feedback_id'")
    change("UPDATE {content}.generated_content SET view_count = 0, completion_count = 0")
    change("DELETE FROM {content}.student_progress")
    for event in deliveries:
        _deliver(pair, event)
    found = progress()
    shown = {name: found.get(name) for name in _expected(pair, events)}

    assert _expected(pair, events) == shown
    assert found.get("total_time_seconds", 0) <= (datetime.now(UTC) - MADE).total_seconds()
    for content in pair:
        views = sum(event.kind == "view" and pair[event.which] == content for event in events)
        completions = sum(
            event.kind in {"completion", "mark_complete"} and pair[event.which] == content for event in events
        )
        assert (views, completions) == shelf.figures(content)[:2]


def test_any_history_delivered_twice_in_any_order_comes_to_what_a_pass_over_it_counts(pair: list[str]) -> None:
    """Beside an oracle that knows none of the statements: it marks seconds, counts, and takes the furthest status."""
    _law(pair)


def _deliver(pair: list[str], event: Event) -> None:
    content, at = pair[event.which], MADE + timedelta(seconds=event.at)
    if event.kind == "view":
        view(content, f"v{event.number}", seconds=event.seconds, at=at)
    elif event.kind == "completion":
        complete(content, f"c{event.number}", at=at)
    else:
        kind = "make_simpler" if event.kind == "wish" else event.kind
        feedback = f"{kind}_{event.number}"
        change(
            "INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, created_at) VALUES"
            " (:id, :s, :c, CAST(:kind AS {content}.feedback_type), :at) ON CONFLICT DO NOTHING",
            id=feedback, s=AMARA, c=content, kind=kind, at=at,
        )  # fmt: skip
        assert "done" == run_inline(apply_feedback, feedback_id=feedback)["state"]


def _expected(pair: list[str], events: list[Event]) -> dict[str, Any]:
    """Count by hand. Two requests are there, and each wish but those of the very simple lesson makes another one."""
    if not events:
        return {"status": None}
    views = [event for event in events if event.kind == "view"]
    wishes = [event for event in events if event.kind == "wish"]
    done = [event for event in events if event.kind in {"completion", "mark_complete"}]
    marked: set[int] = set()
    for event in views:
        marked |= set(range(max(0, event.at - min(event.seconds, 86_400)), min(event.at, _SPAN)))
    over = any(event.at > _SPAN for event in views)
    tries = 2 + len(views) + sum(event.which == 0 for event in wishes)
    seen = [*views, *done]
    expected: dict[str, Any] = {
        "status": "completed" if done else "struggling" if tries >= 3 or len(wishes) >= 2 else "not_started",
        "view_count": len(views),
    }
    if not over:
        expected["total_time_seconds"] = len(marked)
    if all(event.at < _SPAN for event in seen):
        expected["completed_at"] = min((MADE + timedelta(seconds=event.at) for event in done), default=None)
        last = max(((event.at, pair[event.which]) for event in seen), default=None)
        expected["last_viewed_at"] = last and MADE + timedelta(seconds=last[0])
        expected["content_id"] = last and last[1]
    return expected


@pytest.mark.parametrize(
    ("views", "seconds"),
    [
        ([(-600, 60)], 60),
        ([(-600, 60), (-570, 60)], 90),
        ([(-570, 60), (-600, 60)], 90),
        ([(-600, 60), (-600, 60)], 60),
        ([(-600, 0.4), (-500, 0.4)], 0),
        ([(-600, 0.5), (-500, 0.5)], 1),
        ([(-600, 999_999)], 86_400),
        ([(3_600, 3_660)], 60),
        ([(3_600, 60)], 0),
        ([(-600, None)], 0),
    ],
)
def test_time_is_counted_once_and_only_what_has_passed(
    content: str, views: list[tuple[int, float | None]], seconds: int
) -> None:
    """Two windows at once are one time; a view is of a day at most; what its clock says of the future is none."""
    now = datetime.now(UTC)
    for at, long in views:
        view(content, at=now + timedelta(seconds=at), seconds=long)

    assert seconds <= progress()["total_time_seconds"] <= seconds + (2 if views[0][0] > 0 else 0)


def test_no_time_is_counted_from_before_the_content_was_there(content: str) -> None:
    """A lesson made a minute ago cannot have been watched for an hour."""
    change("UPDATE {content}.generated_content SET created_at = now() - interval '1 minute'")
    view(content, seconds=3_600)

    assert 60 <= progress()["total_time_seconds"] < 120


def test_time_of_before_is_kept_and_old_stretches_are_folded(content: str) -> None:
    """Seconds an application counted stay; stretches that no event can reach any more become seconds."""
    change(
        "INSERT INTO {content}.student_progress (student_id, topic_id, total_time_seconds, view_count, status)"
        " VALUES (:s, :t, 100, 1, 'in_progress')", s=AMARA, t=NEWTON_TOPIC)  # fmt: skip
    view(content, seconds=30, at=datetime.now(UTC) - timedelta(days=1))
    change(
        "UPDATE {content}.topic_engagement SET stretches = stretches + tstzmultirange("
        "tstzrange(now() - interval '38 days 20 seconds', now() - interval '38 days' + interval '10 seconds'))"
    )
    view(content, seconds=5)
    [(pieces, earlier)] = shelf.ask(
        "SELECT (SELECT count(*) FROM unnest(stretches)), round(earlier_seconds) FROM {content}.topic_engagement"
    )

    assert (165, 2) == (progress()["total_time_seconds"], progress()["view_count"] - 1)
    assert (3, 120) == (pieces, earlier)


def test_a_topic_that_is_asked_for_by_hand_counts_with_the_next_event(content: str) -> None:
    """Requests are counted from their rows, soft-deleted ones, too, so that none is forgotten."""
    insert(student_id=AMARA, topic_id=NEWTON_TOPIC, status="failed")
    change("UPDATE {content}.content_requests SET deleted_at = now()")
    view(content)

    assert "struggling" == status()


def test_the_same_events_at_once_are_the_same_events_in_a_row(content: str) -> None:
    """Eight threads deliver each event three times: one status, one sum, one time."""
    at = datetime.now(UTC)
    works = [
        lambda number=number: view(content, f"v{number}", seconds=60, at=at - timedelta(minutes=number))
        for number in range(10)
    ] + [lambda number=number: complete(content, f"c{number}", at=at) for number in range(3)]
    shelf.at_once(list(itertools.chain.from_iterable([works] * 3)), 8)
    found = progress()

    assert ("completed", 10, 600) == tuple(found[name] for name in ("status", "view_count", "total_time_seconds"))
    assert (10, 3) == shelf.figures(content)[:2]
    with transaction() as conn:
        assert 13 == conn.execute(text("SELECT count(*) FROM bellwork.seen_events")).scalar_one()
