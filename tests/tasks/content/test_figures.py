"""Figures are those of the rows while the rows are there, and stay as they were when the rows are gone."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwork.db.content.figures import FIXED_AFTER, count_days, count_hours, next_hours
from bellwork.db.content.figures.hours import Hours
from bellwork.db.engine import transaction
from bellwork.tasks.content.figures.count import count_figures
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.accounts import run
from tests.tasks.content.figures_oracle import STAGES, buckets, hour_of, requests
from tests.tasks.content.lesson import AMARA, DIEGO, HANA

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.usefixtures("school")
BEGIN = datetime(2026, 3, 7, 20, tzinfo=UTC)
_OTHER = """
INSERT INTO {content}.organizations (id, name, org_type, parent_id) VALUES ('school_two', 'Two', 'school', 'org_mnps')
ON CONFLICT DO NOTHING;
UPDATE {content}.users SET org_id = 'school_two' WHERE id = 'user_student_hana';
INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
VALUES ('user_synthetic', 'synthetic@invalid', '!', 'Syn', 'Thetic', 'student', 'school_two', 9) ON CONFLICT DO NOTHING;
INSERT INTO {content}.generated_content (id, topic_id, interest_id, cache_key, content_type)
VALUES ('content_1', 'topic_phys_newton_3', 'int_basketball', 'key', 'vivid_learning') ON CONFLICT DO NOTHING
"""
_ADD = """
INSERT INTO {content}.content_requests (id, student_id, original_query, status, cache_hit, generated_content_id,
    error_message, completed_at, created_at, deleted_at, metadata)
SELECT id, student_id, 'why', CAST(status AS {content}.request_status), cache_hit, 'content_1', error_message,
       completed_at, created_at, deleted_at, metadata
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id text, student_id text, status text, cache_hit boolean,
    error_message text, completed_at timestamptz, created_at timestamptz, deleted_at timestamptz, metadata jsonb)
"""
_LED = """
INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, triggered_regeneration,
    regeneration_request_id)
SELECT 'feedback_' || n || id, 'user_student_amara', 'content_1', 'make_simpler', true, id
FROM unnest(CAST(:ids AS text[])) id, generate_series(1, 2) n
"""
_EMPTY = """
DELETE FROM {content}.feedback; DELETE FROM {content}.content_requests;
DELETE FROM {content}.request_hours; DELETE FROM {content}.request_days
"""


def add(rows: list[dict[str, Any]], led: list[str] | None = None) -> None:
    """Insert requests, and feedback that led to some of them."""
    for statement in _OTHER.split(";\n"):
        run(statement)
    run(_ADD, rows=json.dumps(rows, default=str))
    run(_LED, ids=led or [])


def row(number: int, at: datetime, **columns: Any) -> dict[str, Any]:
    """A request of this moment that was served with a film after a minute."""
    given = {
        "id": f"req_{number}",
        "student_id": AMARA,
        "status": "completed",
        "cache_hit": False,
        "error_message": None,
        "created_at": at,
        "completed_at": at + timedelta(seconds=60),
        "deleted_at": None,
        "metadata": {},
        **columns,
    }
    return {**given, "metadata": given["metadata"] if "metadata" in columns else history(at, 8)}


def history(at: datetime, seconds: float, status: str = "fast_path_ready") -> dict[str, Any]:
    """What a request tells that could be read after so many seconds."""
    ready = at + timedelta(seconds=seconds)
    return {"history": [{"status": status, "at": ready.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}]}


def count(since: datetime, until: datetime) -> int:
    """Count these hours and their days; returns how many rows are new or changed."""
    with transaction() as conn:
        hours = Hours(since, until)
        return count_hours(conn, hours) + count_days(conn, hours)


def stored(table: str, period: str) -> dict[tuple[Any, str], dict[str, Any]]:
    """Return what is stored, by period and school, of periods in which somebody asked."""
    rows = run(f"SELECT * FROM {{content}}.{table} WHERE requests > 0")  # noqa: S608 - names of this test
    return {(row.pop(period), row.pop("school_id")): row for row in rows}


def assert_same(
    expected: Mapping[tuple[Any, str], dict[str, Any]], found: Mapping[tuple[Any, str], dict[str, Any]]
) -> None:
    """Hold all figures against each other; seconds to the millisecond in which they are stored."""
    assert expected.keys() == found.keys()
    for key, figures in expected.items():
        for name, value in figures.items():
            if value is None or isinstance(value, int | Decimal):
                assert value == found[key][name], (key, name)
            else:
                assert value == pytest.approx(float(found[key][name]), abs=0.0011), (key, name)


def _requests() -> st.SearchStrategy[list[dict[str, Any]]]:
    metadata: st.SearchStrategy[Any] = st.sampled_from(
        [None, {}, [], "odd", {"history": "odd"}, {"history": [{"status": "completed", "at": "2026-02-30T99"}]}]
    )
    seconds = st.integers(-5_000, 200_000).map(lambda ms: ms / 1_000)
    statuses = st.sampled_from(["fast_path_ready", "completed", "failed", "generating_video", "cache_check"])

    @st.composite
    def one(draw: st.DrawFn) -> dict[str, Any]:
        at = BEGIN + timedelta(seconds=draw(st.integers(0, 8 * 3600 - 1)))
        told: Any = history(at, draw(seconds), draw(st.sampled_from(["fast_path_ready", "completed"])))
        if draw(st.booleans()):
            told |= {"failure": {"stage": draw(st.sampled_from([*STAGES, "generating_video"]))}}
        if draw(st.integers(0, 5)) == 0:
            told |= {"clarification": {"question_id": "q"}}
        return row(
            0,
            at,
            student_id=draw(st.sampled_from([AMARA, DIEGO, HANA, "user_synthetic"])),
            status=draw(statuses),
            cache_hit=draw(st.sampled_from([True, False, None])),
            error_message=draw(st.sampled_from([None, "odd"])),
            completed_at=at + timedelta(seconds=draw(seconds)),
            deleted_at=draw(st.sampled_from([None, at + timedelta(days=90)])),
            metadata=draw(st.one_of(st.just(told), metadata)) if draw(st.integers(0, 9)) == 0 else told,
        )

    return st.lists(one(), max_size=25).map(lambda rows: [{**each, "id": f"req_{n}"} for n, each in enumerate(rows)])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_requests(), led=st.sets(st.integers(0, 24), max_size=5))
def test_figures_are_those_of_the_rows(rows: list[dict[str, Any]], led: set[int]) -> None:
    """By hour, day and school, over midnight; the second time nothing changes, and the synthetic student is nowhere."""
    for statement in _EMPTY.split(";"):
        run(statement)
    add(rows, [f"req_{number}" for number in led if number < len(rows)])
    count(BEGIN, BEGIN + timedelta(hours=8))

    assert_same(buckets(requests(), hour_of), stored("request_hours", "hour"))
    assert_same(buckets(requests(), lambda each: hour_of(each).date()), stored("request_days", "day"))
    assert 0 == count(BEGIN, BEGIN + timedelta(hours=8))
    assert 8 == len(run("SELECT FROM {content}.request_hours WHERE school_id = ''"))


def test_the_hit_rate_is_that_of_the_documents_query() -> None:
    """vividly.md, Cache Hit Rate, by the day in UTC: 1 of 3 is 33.33, 2 of 3 is 66.67, and of nothing there is none."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
    rows = [row(n, day + timedelta(hours=n), cache_hit=n == 0) for n in range(3)]
    rows += [row(9 + n, day + timedelta(days=1, hours=n), cache_hit=n > 0) for n in range(3)]
    rows += [row(20, day + timedelta(days=2), status="failed")]
    add(rows)
    count(day, day + timedelta(days=3))
    document = run("""
        SELECT CAST(DATE_TRUNC('day', created_at AT TIME ZONE 'UTC') AS date) AS date,
            ROUND(100.0 * SUM(CASE WHEN cache_hit = true THEN 1 ELSE 0 END) / COUNT(*), 2) AS rate
        FROM {content}.content_requests WHERE created_at >= NOW() - INTERVAL '30 days'
          AND status IN ('fast_path_ready', 'completed') GROUP BY 1 ORDER BY 1
    """)
    view = run(
        "SELECT day, cache_hit_rate_percent AS rate FROM {content}.daily_figures WHERE school_id = '' ORDER BY 1"
    )

    assert [Decimal("33.33"), Decimal("66.67"), None] == [each["rate"] for each in view]
    assert [(each["date"], each["rate"]) for each in document] == [(each["day"], each["rate"]) for each in view[:2]]


@pytest.mark.usefixtures("full_hour")
def test_an_hour_is_counted_anew_until_it_is_48_hours_old() -> None:
    """What is archived, or changes, after that changes no figure; what is missing is counted late, once."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    fresh, fixed = now - timedelta(hours=FIXED_AFTER), now - timedelta(hours=FIXED_AFTER + 1)
    add([row(1, fresh), row(2, fixed)])
    run_inline(count_figures)
    drain("upkeep")
    before = stored("request_hours", "hour")
    run("UPDATE {content}.content_requests SET status = 'failed'")
    run_inline(count_figures)
    after = stored("request_hours", "hour")

    assert {(fresh, 1, 0), (fixed, 1, 0)} == {(key[0], each["served"], each["failed"]) for key, each in before.items()}
    assert {(fresh, 0, 1), (fixed, 1, 0)} == {(key[0], each["served"], each["failed"]) for key, each in after.items()}


@pytest.mark.usefixtures("full_hour")
def test_hours_before_a_pause_are_counted_to_their_end() -> None:
    """The scheduler was away for ten days: what changed in the two days before it, and came in its hour, is counted."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    stop = now - timedelta(days=10)
    open_, fixed = stop - timedelta(hours=FIXED_AFTER - 1), stop - timedelta(hours=FIXED_AFTER)
    add([row(1, stop), row(2, open_), row(3, fixed)])
    count(fixed, stop + timedelta(hours=1))
    run("UPDATE {content}.content_requests SET status = 'failed'")
    run(
        "INSERT INTO {content}.content_requests (id, student_id, original_query, status, created_at)"
        " VALUES ('req_late', :student, 'why?', 'failed', :at)",
        student=AMARA,
        at=stop + timedelta(minutes=30),
    )
    run_inline(count_figures)
    drain("upkeep")
    found = {key[0]: (each["served"], each["failed"]) for key, each in stored("request_hours", "hour").items()}

    assert {stop: (0, 2), open_: (0, 1), fixed: (1, 0)} == found


def test_a_time_that_nothing_can_have_taken_stops_no_figure() -> None:
    """Seventy years, or for ever, is in no percentile: the row's owner wrote it; the 29th of February is a day."""
    day = datetime(2024, 2, 29, 10, tzinfo=UTC)
    add(
        [
            row(1, day),
            row(2, day, completed_at="infinity"),
            row(3, day, metadata=history(day, 70 * 366 * 86_400)),
            row(4, day, completed_at=day + timedelta(days=40 * 366)),
        ]
    )
    count(day, day + timedelta(hours=1))
    [found] = [each for (_, school), each in stored("request_hours", "hour").items() if not school]

    assert (4, 8, 60) == (found["requests"], found["fast_p95"], found["full_p95"])


@pytest.mark.usefixtures("full_hour")
def test_figures_stay_when_requests_are_archived_and_gone() -> None:
    """A year of one request each ten days is counted week by week at first; then the rows go."""
    now = datetime.now(UTC)
    add([row(n, now - timedelta(days=3 + 10 * n)) for n in range(10)])
    run_inline(count_figures)
    drain("upkeep")
    before = stored("request_days", "day")
    run("DELETE FROM {content}.content_requests")
    run_inline(count_figures)

    assert 10 == sum(each["requests"] for (_, school), each in before.items() if not school)
    assert before == stored("request_days", "day")


@pytest.mark.usefixtures("full_hour")
def test_counting_at_once_and_again_is_counting_once() -> None:
    """Four runs in parallel leave the rows of one."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    add([row(n, now - timedelta(hours=n)) for n in range(20)])

    def at_once(_: int) -> None:
        with transaction() as conn:
            hours = next_hours(conn)
            count_hours(conn, hours)
            count_days(conn, hours)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(at_once, range(4)))

    assert_same(buckets(requests(), hour_of), stored("request_hours", "hour"))


def test_a_student_who_moves_takes_his_requests_along_while_they_are_counted() -> None:
    """The school that has none any more has no row; all of them stay."""
    add([row(1, BEGIN), row(2, BEGIN, student_id=HANA)])
    count(BEGIN, BEGIN + timedelta(hours=1))
    run("UPDATE {content}.users SET org_id = 'school_hillsboro_hs'")
    count(BEGIN, BEGIN + timedelta(hours=1))
    schools = {school: each["requests"] for (_, school), each in stored("request_hours", "hour").items()}

    assert {"": 2, "school_hillsboro_hs": 2} == schools
    assert {"", "school_hillsboro_hs"} == {school for _, school in stored("request_days", "day")}


def students() -> dict[str, Any]:
    """Count, and return today's figures of students of all schools, by the view that callers read."""
    run_inline(count_figures)
    [found] = run("SELECT * FROM {content}.daily_figures WHERE school_id = '' AND active_students IS NOT NULL")
    return found


def test_adoption_is_of_active_students_who_asked_within_seven_days() -> None:
    """On both sides of the seventh day; of six students one is not active, though he asked."""
    now = datetime.now(UTC)
    add(
        [
            row(1, now - timedelta(days=6, hours=23)),
            row(2, now - timedelta(days=7, minutes=1), student_id=DIEGO),
            row(3, now, student_id=HANA),
            row(4, now, student_id="user_synthetic"),
        ]
    )
    run("UPDATE {content}.users SET is_active = false WHERE id = 'user_student_hana'")
    found = students()

    assert (5, 1, Decimal("20.00")) == (found["active_students"], found["asking_students"], found["adoption_percent"])


def test_activation_is_of_accounts_of_thirty_days_that_logged_in() -> None:
    """On both sides of the thirtieth day; of no new account there is no share."""
    add([])
    run("UPDATE {content}.users SET created_at = now() - interval '30 days', last_login_at = now()")
    run("DELETE FROM {content}.student_days")
    old = students()
    run("UPDATE {content}.users SET created_at = now() - interval '29 days 23:59' WHERE id = 'user_student_amara'")
    run("UPDATE {content}.users SET created_at = now(), last_login_at = NULL WHERE grade_level = 9")
    new = students()

    assert (0, 0, None) == (old["new_students"], old["activated_students"], old["activation_percent"])
    assert (3, 1, Decimal("33.33")) == (new["new_students"], new["activated_students"], new["activation_percent"])


def test_the_struggling_report_begins_with_two_topics() -> None:
    """Titles, and how often each asked for something simpler; feedback multiplies no topic."""
    add([])
    topics = [each["id"] for each in run("SELECT id FROM {content}.topics ORDER BY id LIMIT 3")]
    struggles = [(AMARA, topics[:2]), (DIEGO, topics[:1]), ("user_synthetic", topics)]
    for student, of in struggles:
        run(
            "INSERT INTO {content}.student_progress (student_id, topic_id, status)"
            " SELECT :student, unnest(CAST(:topics AS text[])), 'struggling'",
            student=student,
            topics=of,
        )
    run("INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type) SELECT 'f' || n, :student,"
        " 'content_1', 'make_simpler' FROM generate_series(1, 3) n", student=AMARA)  # fmt: skip
    [found] = run("SELECT * FROM {content}.struggling_students")

    assert (AMARA, 2, 3, 2) == (
        *(found["id"], found["struggling_topics"]),
        found["simplify_requests"],
        len(found["topics"]),
    )
    assert 1 == students()["struggling_students"]
