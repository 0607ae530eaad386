"""What is noted is recomputed: once for however much, never forgotten, and nobody waits for anybody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import engine, transaction
from bellwork.db.tutoring import queries
from bellwork.tasks.tutoring.metrics import check_metrics, drain_changes, recompute_metrics
from bellwork.workers.testing import enqueued, run_due, run_inline
from tests.tasks.tutoring import place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

NOW = datetime.now(UTC)
HOUR_AGO = NOW - timedelta(hours=1)
TODAY = NOW.date()
_NOTE = text("SELECT tutoring.note_change(:tutor, :at)")
_NOTED = "SELECT tutor_id, CAST(at AT TIME ZONE 'UTC' AS date) FROM tutoring.changes ORDER BY 1, 2"


@pytest.fixture(autouse=True)
def _two_tutors(empty: str) -> Iterator[None]:
    del empty
    place.people("ann", "bob")
    with place.still(NOW):
        yield


def session(number: int, **values: Any) -> dict[str, Any]:
    """Return a session that was held an hour ago."""
    held = {"session_id": f"s{number}", "tutor_id": "ann", "student_id": "pupil", "scheduled_start": HOUR_AGO}
    return held | {"actual_start": HOUR_AGO, "no_show": False} | values


def held(tutor_id: str = "ann", window: str = "7day") -> int | None:
    """Return how many sessions today's row says; None where there is no row."""
    row = place.metrics(TODAY).get((tutor_id, window))
    return row["sessions_completed"] if row else None


def jobs() -> list[int]:
    """Return the ids of the jobs that wait to drain a bucket."""
    return [job["id"] for job in enqueued("tutoring.drain_changes")]


def note(tutor_id: str = "ann", at: datetime | None = HOUR_AGO) -> None:
    """Note a change in a transaction of its own."""
    place.change("SELECT tutoring.note_change(:tutor, :at)", tutor=tutor_id, at=at)


def test_a_thousand_changes_cost_one_recompute() -> None:
    """One job, one drain of a thousand notes; no other tutor gets rows by it."""
    place.put("sessions", *(session(number) for number in range(10)))
    with transaction() as conn:
        conn.execute(
            text("SELECT count(tutoring.note_change('ann', :at)) FROM generate_series(1, 500)"), {"at": HOUR_AGO}
        )
    for _ in range(5):
        with transaction() as conn:
            statement = text("SELECT count(tutoring.note_change('ann', :at)) FROM generate_series(1, 100)")
            conn.execute(statement, {"at": HOUR_AGO})
    waiting = jobs()

    assert 1 == len(waiting)
    assert 1 == run_due(waiting)
    assert 10 == held()
    assert [(1, 1_000, 0)] == place.ask("SELECT tutors, changes, late FROM tutoring.insights")
    assert {("ann", each) for each in ("7day", "30day", "90day")} == set(place.metrics(TODAY))


def test_what_changes_while_it_runs_costs_exactly_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three changes that commit after the notes were taken make one job, and it sees them all."""
    place.put("sessions", session(0))
    note()
    write = queries.write_rows

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        with ThreadPoolExecutor(1) as other:
            for number in (1, 2, 3):
                other.submit(_commit_apart, session(number)).result()
        return write(*args, **kwargs)

    monkeypatch.setattr(queries, "write_rows", meanwhile)
    run_due(jobs())
    monkeypatch.setattr(queries, "write_rows", write)
    first, more = held(), jobs()
    run_due(more)

    assert (1, 1, 4) == (first, len(more), held())
    assert [] == jobs()


def test_a_busy_tutor_is_not_put_off() -> None:
    """A change leaves the time at which the waiting job is due where it was."""
    note()
    [before] = enqueued("tutoring.drain_changes")
    note()
    [after] = enqueued("tutoring.drain_changes")

    assert before["run_at"] == after["run_at"]


def test_what_is_rolled_back_was_not_noted() -> None:
    """No note and no job are left of it."""
    with transaction() as conn, conn.begin_nested() as point:
        conn.execute(_NOTE, {"tutor": "ann", "at": NOW})
        point.rollback()

    assert [] == jobs()
    assert [] == place.ask(_NOTED)


def test_a_recompute_that_fails_gives_its_notes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off after the notes were taken, the same job finds them again."""
    place.put("sessions", session(0))
    note()
    waiting = jobs()
    with monkeypatch.context() as broken:
        broken.setattr(queries, "write_rows", lambda *_, **__: 1 / 0)
        run_due(waiting)
    left = place.ask(_NOTED)
    place.change("UPDATE bellwork.jobs SET run_at = now()")
    run_due(waiting)

    assert [("ann", HOUR_AGO.date())] == left
    assert 1 == held()


def test_callers_that_note_tutors_in_any_order_wait_for_nobody() -> None:
    """Two open transactions note both tutors in opposite orders, each while the other is open; all of it is seen."""
    together = Barrier(2, timeout=60)

    def noted(first: str, second: str) -> None:
        with engine().connect() as conn, conn.begin():
            conn.execute(text("SET LOCAL lock_timeout = '100ms'"))
            conn.execute(_NOTE, {"tutor": first, "at": HOUR_AGO})
            together.wait()
            conn.execute(_NOTE, {"tutor": second, "at": HOUR_AGO})
            together.wait()

    with ThreadPoolExecutor(2) as both:
        for done in [both.submit(noted, "ann", "bob"), both.submit(noted, "bob", "ann")]:
            done.result()
    run_due(jobs())

    assert [] == place.ask(_NOTED)
    assert 6 == len(place.metrics(TODAY))


def test_a_recompute_needs_no_note() -> None:
    """A session that nobody noted, old ones too, is in the rows of recompute_metrics, also of a tutor who left."""
    place.change("UPDATE tutoring.tutors SET status = 'churned'")
    place.put("sessions", session(0), session(1, scheduled_start=NOW - timedelta(days=80)))
    state = run_inline(recompute_metrics, tutor_id="ann")["state"]

    assert ("done", 1, 2) == (state, held(), held(window="90day"))


def test_nobody_is_recomputed_who_is_not_there() -> None:
    """The job is dead at once and says why; a note of nobody is taken and forgotten."""
    job = run_inline(recompute_metrics, tutor_id="nobody")
    note("nobody")
    run_due(jobs())

    assert "dead" == job["state"]
    assert "there is no tutor 'nobody'" in job["errors"][-1]["error"]
    assert [] == place.ask(_NOTED)


@pytest.mark.parametrize(
    ("tutor", "at", "why"),
    [(None, "now", "tutor_id is NULL; name the tutor"), ("ann", "infinity", "at is infinite; give the session's")],
)
def test_a_note_that_names_nothing_is_refused(tutor: str | None, at: str, why: str) -> None:
    """In words that say what to give."""
    with pytest.raises(DBAPIError, match=why), transaction() as conn:
        conn.execute(text("SELECT tutoring.note_change(:tutor, CAST(:at AS timestamptz))"), {"tutor": tutor, "at": at})


@pytest.mark.usefixtures("watched")
def test_triggers_note_days_and_tutors_before_and_after() -> None:
    """What moves is noted for both, feedback for its session's tutor, an event if it counts; switched off, nothing."""
    day = HOUR_AGO.date()
    past = HOUR_AGO - timedelta(days=3)
    said = {"feedback_id": "f", "session_id": "s0", "student_id": "pupil", "tutor_id": "bob", "overall_rating": 2}
    event = {"event_id": "e", "tutor_id": "bob", "event_type": "availability_change", "event_timestamp": NOW}
    steps: list[tuple[Callable[[], None], list[tuple[str, date]]]] = [
        (lambda: place.put("sessions", session(0)), [("ann", day)]),
        (lambda: place.put("student_feedback", said), [("ann", day)]),
        (lambda: place.change("UPDATE tutoring.student_feedback SET overall_rating = 5"), [("ann", day)] * 2),
        (lambda: place.put("tutor_events", event), []),
        (lambda: place.put("tutor_events", event | {"event_id": "l", "event_type": "login"}), [("bob", TODAY)]),
        (
            lambda: place.change("UPDATE tutoring.sessions SET tutor_id = 'bob', scheduled_start = :at", at=past),
            [("ann", day), ("bob", past.date())],
        ),
        (lambda: place.change("DELETE FROM tutoring.sessions"), [("bob", past.date())]),
        (lambda: place.change("SELECT tutoring.watch_changes(false)"), []),
        (lambda: place.put("sessions", session(1)), []),
    ]
    for act, expected in steps:
        place.change("DELETE FROM tutoring.changes")
        act()

        assert expected == [tuple(row) for row in place.ask(_NOTED)]


def test_who_cannot_be_computed_is_named_and_stops_nobody() -> None:
    """An answer that took 1e400 minutes fits no column: its tutor says so until that is mended; others have rows."""
    place.put("sessions", session(0, tutor_id="bob"))
    place.change(
        "INSERT INTO tutoring.tutor_events (event_id, tutor_id, event_type, event_timestamp, metadata)"
        " VALUES ('e', 'ann', 'message_response', :at, '{\"response_time_minutes\": 1e400}')",
        at=HOUR_AGO,
    )
    # One job for both: they share a bucket here.
    place.change(
        "INSERT INTO tutoring.changes (bucket, tutor_id, at) VALUES (1, 'ann', :at), (1, 'bob', :at)", at=HOUR_AGO
    )
    state = run_inline(drain_changes, bucket=1)["state"]
    named = place.ask("SELECT tutor_id, error FROM tutoring.tutor_states WHERE failed_at IS NOT NULL")
    place.change("DELETE FROM tutoring.tutor_events")
    run_inline(check_metrics)
    run_due(jobs())

    assert ("done", 1) == (state, held("bob"))
    assert ["ann"] == [row.tutor_id for row in named]
    assert "out of range" in named[0].error
    assert [] == place.ask("SELECT tutor_id FROM tutoring.tutor_states WHERE failed_at IS NOT NULL")
    assert 0 == held()


def test_a_note_whose_job_is_gone_is_found() -> None:
    """The check sends the bucket's job again, once the note is a minute old."""
    place.put("sessions", session(0))
    note()
    place.change("DELETE FROM bellwork.jobs")
    run_inline(check_metrics)
    early = jobs()
    place.change("UPDATE tutoring.changes SET noted_at = now() - interval '61 seconds'")
    run_inline(check_metrics)
    run_due(jobs())

    assert ([], 1) == (early, held())


def test_a_change_that_waited_too_long_is_counted() -> None:
    """More than an hour since the change was noted, and since the session began, whichever is later."""
    for hours, at in ((2, NOW - timedelta(hours=3)), (2, NOW - timedelta(minutes=5)), (0, NOW - timedelta(hours=3))):
        place.change(
            "INSERT INTO tutoring.changes (bucket, tutor_id, at, noted_at) VALUES (1, 'ann', :at, :noted)",
            at=at,
            noted=NOW - timedelta(hours=hours),
        )
    run_inline(drain_changes, bucket=1)

    assert [(3, 1, 7200)] == place.ask("SELECT changes, late, slowest_seconds FROM tutoring.insights")


def _commit_apart(row: dict[str, Any]) -> None:
    with transaction() as conn:
        place.add(conn, "sessions", row)
        conn.execute(_NOTE, {"tutor": row["tutor_id"], "at": row["scheduled_start"]})
