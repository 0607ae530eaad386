"""The night: final rows of the day that ended, new ones of today, from raw rows, in parts that are not done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.queries import Sums, end_of
from bellwork.tasks.tutoring import nightly
from bellwork.tasks.tutoring.nightly import recompute_all
from bellwork.workers.testing import enqueued, run_due, run_inline
from tests.tasks.tutoring import place

if TYPE_CHECKING:
    from datetime import date

MIDNIGHT = datetime(2026, 7, 1, 0, 0, 5, tzinfo=UTC)
TODAY, YESTERDAY = MIDNIGHT.date(), MIDNIGHT.date() - timedelta(days=1)


@pytest.fixture(autouse=True)
def _two_tutors(empty: str) -> None:
    del empty
    place.people("ann", "bob")


def teach(number: int, at: datetime, tutor_id: str = "ann") -> None:
    """Put a session that was held."""
    row = {"session_id": f"s{number}", "tutor_id": tutor_id, "student_id": "pupil", "scheduled_start": at}
    place.put("sessions", row | {"actual_start": at, "no_show": False})


def held(day: date, window: str = "7day", tutor_id: str = "ann") -> int | None:
    """Return how many sessions a row says; None where there is none."""
    row = place.metrics(day).get((tutor_id, window))
    return row["sessions_completed"] if row else None


def night(at: datetime, **arguments: Any) -> dict[str, Any]:
    """Recompute everybody at a moment."""
    with place.still(at):
        return run_inline(recompute_all, **arguments)


def test_the_day_that_ended_is_final() -> None:
    """Its rows carry its last microsecond; a run later that day, after a late fact, writes today's rows only."""
    teach(0, MIDNIGHT - timedelta(minutes=1))
    teach(1, MIDNIGHT - timedelta(seconds=5))
    night(MIDNIGHT)
    first = place.metrics(YESTERDAY)
    teach(2, MIDNIGHT - timedelta(hours=3))
    night(MIDNIGHT + timedelta(hours=1))

    assert {end_of(YESTERDAY)} == {row["calculation_date"] for row in first.values()}
    assert (1, 6) == (first["ann", "7day"]["sessions_completed"], len(first))
    assert first == place.metrics(YESTERDAY)
    assert 3 == held(TODAY)


@pytest.mark.parametrize(("history", "joined_by"), [(0, "on"), (8, "off")])
def test_feedback_is_looked_up_beside_a_long_history(history: int, joined_by: str) -> None:
    """The night finds the same days either way; what PostgreSQL knows of the table's size decides."""
    teach(0, MIDNIGHT)
    night(MIDNIGHT)
    for number in range(history + 1):
        if number:
            teach(number, MIDNIGHT - timedelta(days=200))
        said = {"feedback_id": f"f{number}", "session_id": f"s{number}", "overall_rating": 5}
        place.put("student_feedback", said | {"student_id": "pupil", "tutor_id": "ann"})
    place.change("ANALYZE tutoring.student_feedback")
    with transaction() as conn:
        asked = (conn, Sums.SESSIONS, TODAY - timedelta(days=90), TODAY, MIDNIGHT)
        found = queries.differing(*asked, purged_by=TODAY)
        setting = conn.execute(text("SHOW enable_hashjoin")).scalar_one()

    assert [("ann", TODAY)] == found
    assert joined_by == setting


def test_rows_age_without_events() -> None:
    """A session leaves the row of seven days when its day does, and the others later."""
    teach(0, MIDNIGHT)
    found = []
    for days in (6, 7, 29, 30, 89, 90):
        later = MIDNIGHT + timedelta(days=days)
        night(later)
        found.append([held(later.date(), window) for window in ("7day", "30day", "90day")])

    assert [[1, 1, 1], [0, 1, 1], [0, 1, 1], [0, 0, 1], [0, 0, 1], [0, 0, 0]] == found


def test_what_lies_ahead_counts_when_it_is_there() -> None:
    """A session of this evening is not in the rows of this morning; the night has it, and nobody noted anything."""
    evening = MIDNIGHT + timedelta(hours=18)
    teach(0, evening)
    night(MIDNIGHT + timedelta(hours=8))
    morning = held(TODAY)
    night(MIDNIGHT + timedelta(days=1))

    assert (0, 1, 1) == (morning, held(TODAY), held(TODAY + timedelta(days=1)))


def test_a_run_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that were compared are not compared again by the same job's next attempt; a new job begins anew."""
    teach(0, MIDNIGHT - timedelta(days=2))
    differing, asked = queries.differing, []

    def cut_off(conn: Any, of: Sums, first: date, *rest: Any, **more: Any) -> Any:
        if of is Sums.SESSIONS:
            asked.append(first)
            if len(asked) == 3:
                raise ZeroDivisionError
        return differing(conn, of, first, *rest, **more)

    monkeypatch.setattr(queries, "differing", cut_off)
    monkeypatch.setattr(nightly, "TUTOR_DAYS", 16)
    job = night(MIDNIGHT)
    place.change("UPDATE bellwork.jobs SET run_at = now()")
    with place.still(MIDNIGHT):
        run_due([job["id"]])

    assert asked[2] == asked[3], "the days that were being compared"
    assert not set(asked[:2]) & set(asked[3:]), "what was compared before"
    assert 1 == held(TODAY)
    assert ["tutoring.predict_all"] == [each["actor"] for each in enqueued()]


def test_nights_that_never_ran_are_made_up_for_by_the_next() -> None:
    """Each day in between gets the final rows that it should have had, once, and keeps them; yesterday's stay."""
    for back in (200, 12, 3, 2, 1):
        teach(back, MIDNIGHT - timedelta(days=back, hours=1))
    night(MIDNIGHT - timedelta(days=4))
    final = place.metrics(YESTERDAY - timedelta(days=4))
    night(MIDNIGHT)
    found = [held(YESTERDAY - timedelta(days=back)) for back in (4, 3, 2, 1, 0)]
    written = {back: place.metrics(YESTERDAY - timedelta(days=back)) for back in range(5)}
    teach(0, MIDNIGHT - timedelta(days=3))
    night(MIDNIGHT + timedelta(hours=1))
    night(MIDNIGHT + timedelta(days=1))

    assert [0, 1, 2, 3, 3] == found
    assert final == written[4]
    assert written == {back: place.metrics(YESTERDAY - timedelta(days=back)) for back in range(5)}
    assert {end_of(YESTERDAY - timedelta(days=2))} == {row["calculation_date"] for row in written[2].values()}
    assert [3, 0, 0] == missed()[1:]


def test_so_many_nights_are_made_up_for_as_days_can_be_repaired() -> None:
    """Of a silence of 120 nights the last 99 days get their rows, of 90 days each, though nobody had summed them up."""
    teach(0, MIDNIGHT - timedelta(days=186))
    teach(1, MIDNIGHT - timedelta(days=99))
    night(MIDNIGHT - timedelta(days=120))
    place.change("DELETE FROM tutoring.tutor_days")
    night(MIDNIGHT)
    oldest = TODAY - timedelta(days=99)

    assert (None, 2, 1) == (held(oldest - timedelta(days=1)), held(oldest, "90day"), held(oldest))
    assert [0, 98] == missed()
    assert 0 == held(TODAY, "90day")


def test_a_first_night_and_a_repaired_day_leave_nothing_to_make_up_for() -> None:
    """Days before the first night of all were never promised, and one that was written by hand is as it should be."""
    teach(0, MIDNIGHT - timedelta(days=5))
    night(MIDNIGHT - timedelta(days=3))
    night(MIDNIGHT, day=str(TODAY - timedelta(days=3)), reason="by hand")
    night(MIDNIGHT)

    assert [0, 0, 1] == missed()
    assert None is held(TODAY - timedelta(days=5))


def test_a_night_that_is_cut_off_makes_up_for_the_same_days_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies between two of them leaves nothing undone, even if the next attempt comes a day later."""
    teach(0, MIDNIGHT - timedelta(days=3))
    night(MIDNIGHT - timedelta(days=4))
    write, asked = queries.write_rows, []

    def cut_off(conn: Any, tutors: Any, day: date, *rest: Any, **more: Any) -> Any:
        if "ann" in tutors:
            asked.append(day)
            if len(asked) == 2:
                raise ZeroDivisionError
        return write(conn, tutors, day, *rest, **more)

    monkeypatch.setattr(queries, "write_rows", cut_off)
    job = night(MIDNIGHT)
    place.change("UPDATE bellwork.jobs SET run_at = now()")
    with place.still(MIDNIGHT + timedelta(days=1)):
        run_due([job["id"]])

    ended = [TODAY - timedelta(days=back) for back in (4, 3, 2, 1)]
    assert [*ended[:2], *ended, TODAY] == asked
    assert [0, 3] == missed()
    assert [0, 1, 1, 1, 1] == [held(day) for day in (*ended, TODAY)]
    assert {end_of(TODAY)} == {row["calculation_date"] for row in place.metrics(TODAY).values()}


def missed() -> list[int]:
    """Return for how many nights each run made up, in the order of the runs."""
    return [len(days) for (days,) in place.ask("SELECT missed FROM tutoring.metric_runs ORDER BY job_id")]


def test_who_cannot_be_computed_is_named_and_stops_nobody() -> None:
    """His rows stay away and the run names him."""
    teach(0, MIDNIGHT, "bob")
    place.change(
        "INSERT INTO tutoring.tutor_events (event_id, tutor_id, event_type, event_timestamp, metadata)"
        " VALUES ('e', 'ann', 'message_response', :at, '{\"response_time_minutes\": 1e400}')",
        at=MIDNIGHT,
    )
    state = night(MIDNIGHT)["state"]

    assert ("done", 1, None) == (state, held(TODAY, tutor_id="bob"), held(TODAY))
    assert [(["ann"], 2)] == place.ask("SELECT failed, tutors FROM tutoring.metric_runs")


def test_a_past_day_is_repaired_as_its_end_should_have_found_it() -> None:
    """With what is known now of the days before, events that were purged since included; other days stay."""
    wrong = MIDNIGHT + timedelta(days=1)
    place.put("tutor_events", {"event_id": "e", "tutor_id": "ann", "event_type": "login", "event_timestamp": MIDNIGHT})
    teach(0, MIDNIGHT)
    night(wrong)
    before = held(TODAY)
    later = MIDNIGHT + timedelta(days=91)
    place.change("DELETE FROM tutoring.tutor_events")
    teach(1, MIDNIGHT + timedelta(hours=2))
    state = night(later, day=str(TODAY), reason="an import that lacked a file")["state"]
    row = place.metrics(TODAY)["ann", "7day"]

    assert (1, "done", 2) == (before, state, row["sessions_completed"])
    assert 40.0 == row["engagement_score"], "one login for two sessions, and nothing measured"
    assert end_of(TODAY) == row["calculation_date"]
    assert None is held(later.date())
    assert [] == enqueued("tutoring.predict_all")[1:]


@pytest.mark.parametrize("day", ["yesterday", "2026-07-02", "2025-01-01", "2026-13-01"])
def test_a_day_that_cannot_be_written_is_refused(day: str) -> None:
    """The job is dead at once and says which can be."""
    job = night(MIDNIGHT, day=day)

    assert "dead" == job["state"]
    assert day in job["errors"][-1]["error"]
    assert {} == place.metrics(TODAY)


@pytest.mark.parametrize("sizes", [(1,), (2, 1), (500, 499), (0, 3, 0), tuple(range(32)), (700, 700, 700, 700)])
def test_parts_are_alike_and_have_each_bucket_once(sizes: tuple[int, ...]) -> None:
    """As many as write at once, or a multiple of that where tutors are many; of about a thousand tutors at most."""
    buckets = {number: [f"t{number}_{each}" for each in range(size)] for number, size in enumerate(sizes) if size}
    parts = list(nightly.chunks(buckets))

    assert list(buckets) == [bucket for part in parts for bucket in part]
    assert all(parts)
    assert all(sum(len(buckets[each]) for each in part) <= nightly.TUTORS + max(sizes) for part in parts)
    assert [] == list(nightly.chunks({}))
