"""Trainers are assigned by load, never beyond their capacity, whoever assigns at once; what nobody takes is said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bellwork.db.engine import engine, transaction
from bellwork.db.support import care
from bellwork.db.support.care.assign import Free, Without, choose
from bellwork.db.support.concerns import concerns
from tests.tasks.support import office, school

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
_COURSES = [UUID(int=1), UUID(int=2), UUID(int=3)]
_trainers = st.lists(
    st.builds(
        lambda id_, courses, room, load, ago: Free(
            UUID(int=id_), sorted(courses), room, load, ago if ago is None else NOW - timedelta(hours=ago)
        ),
        st.integers(1, 6),
        st.sets(st.sampled_from(_COURSES)),
        st.integers(0, 4),
        st.integers(0, 4),
        st.none() | st.integers(0, 3),
    ),
    unique_by=lambda each: each.id,
    max_size=6,
)
_rows = st.lists(
    st.builds(Without, st.uuids(), st.sampled_from(_COURSES), st.integers(1, 8).map(lambda n: UUID(int=n))),
    unique_by=lambda each: each.id,
    max_size=20,
)


@given(_rows, _trainers)
def test_each_row_is_given_to_the_least_loaded_who_has_room_or_to_nobody(
    rows: list[Without], trainers: list[Free]
) -> None:
    """Row by row: by load, oldest assignment and id, of the course, never one's own; only where none fits to nobody."""
    chosen = dict(choose(rows, trainers, NOW))
    room = {each.id: each.room for each in trainers}
    load = {each.id: each.load for each in trainers}
    last = {each.id: each.last for each in trainers}
    for row in rows:
        fit = [each.id for each in trainers if row.course in each.courses and row.student != each.id and room[each.id]]
        wanted = min(fit, key=lambda id_: (load[id_], (last[id_] is not None, last[id_] or NOW), id_), default=None)

        assert wanted == chosen.get(row.id)
        if wanted:
            room[wanted] -= 1
            load[wanted] += 1
            last[wanted] = NOW


@pytest.mark.usefixtures("empty")
def test_eight_who_assign_at_once_exceed_nobodys_capacity() -> None:
    """Forty rows, three trainers with room for fifteen: exactly so many are assigned, both columns, once each."""
    [course] = school.put("courses", {"title": "Algebra"})
    trainers = {office.trainer(course, capacity=capacity): capacity for capacity in (4, 5, 6)}
    for _ in range(40):
        office.intervention(course)
    barrier = Barrier(8)

    def once() -> int:
        barrier.wait()
        with transaction() as conn:
            return care.assign(conn)

    with ThreadPoolExecutor(8) as pool:
        counts = [each.result() for each in [pool.submit(once) for _ in range(8)]]
    loads = dict(
        tuple(row)
        for row in school.ask(
            "SELECT assigned_trainer_id, count(*) FROM support.student_interventions"
            " WHERE assigned_trainer_id IS NOT NULL GROUP BY 1"
        )
    )
    decided = school.ask(
        "SELECT count(DISTINCT intervention_id), count(*) FROM support.decisions WHERE kind = 'assigned'"
    )

    assert (15, trainers) == (sum(counts), loads)
    assert [(15, 15)] == decided


@pytest.mark.usefixtures("empty")
def test_a_row_that_somebody_changes_just_now_is_waited_for_by_nobody() -> None:
    """It is left to the next sweep: whoever waited here could deadlock with detection, which locks in another order."""
    [course] = school.put("courses", {"title": "Algebra"})
    trainer = office.trainer(course)
    held, free = office.intervention(course)[1], office.intervention(course)[0]
    with engine().begin() as other:
        other.execute(text("SELECT FROM support.student_interventions WHERE id = :id FOR UPDATE"), {"id": held})
        with transaction() as conn:
            conn.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            assert 1 == care.assign(conn)

    assert trainer == school.row(free)["assigned_trainer_id"]
    with transaction() as conn:
        assert 1 == care.assign(conn)


@pytest.mark.usefixtures("empty")
def test_an_escalation_without_an_owner_goes_to_the_one_whom_the_course_gets() -> None:
    """Until then status names it; the next look tells him, and a third one changes nothing."""
    [course] = school.put("courses", {"title": "Algebra"})
    enrollment, _ = office.intervention(course, hours=100)
    with transaction() as conn:
        care.escalate(conn, care.Limits())
        told = [each.what for each in concerns(conn)]
    person = office.owner()
    school.change("UPDATE support.courses SET owner_id = :id", id=person)
    with transaction() as conn:
        done = [care.escalate(conn, care.Limits()) for _ in range(2)]
        left = list(concerns(conn))

    assert ["1 escalation has nobody to go to"] == told
    assert ([1, 0], []) == (done, left)
    assert person == school.row(enrollment)["escalated_to"]


@pytest.mark.usefixtures("empty")
def test_nobody_free_leaves_the_row_pending_and_status_says_why() -> None:
    """Without a trainer, with all away, and full; a high one is a mentor's meanwhile, and then a meeting."""
    courses = school.put("courses", *({"title": name} for name in ("none", "away", "full")))
    office.trainer(courses[1], away_until=school.ask("SELECT now() + interval '1 day'")[0][0])
    busy = office.trainer(courses[2], capacity=1)
    office.intervention(courses[2], assigned_trainer_id=busy, assigned_at=NOW)
    high = {"risk_level": "high", "intervention_type": "one_on_one_scheduled"}
    waiting = [office.intervention(course, hours=1, **high)[0] for course in courses]
    with transaction() as conn:
        assert 0 == care.assign(conn)
        [told] = concerns(conn)
    before = [(school.row(each)["status"], school.row(each)["intervention_type"]) for each in waiting]
    school.change("UPDATE support.trainers SET away_until = NULL, capacity = 2")
    with transaction() as conn:
        assert 2 == care.assign(conn)
        [less] = concerns(conn)
    after = [school.row(each)["intervention_type"] for each in waiting]

    assert "3 students wait for a trainer" == told.what
    assert "3 courses: 1 without any trainer, 1 with every trainer away, 1 with no room" == told.cause
    assert ("1 student waits for a trainer", "1 course: 1 without any trainer") == (less.what, less.cause)
    assert [("pending", "mentor_assigned")] * 3 == before
    assert ["mentor_assigned", "one_on_one_scheduled", "one_on_one_scheduled"] == after


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    "why",
    [
        "support.student_enrollments SET status = 'dropped'",
        "support.student_enrollments SET paused_from = now()",
        "support.student_enrollments SET ends_at = now()",
        "support.courses SET excluded = true",
        "support.student_interventions SET deleted_at = now()",
        "support.student_interventions SET status = 'in_progress'",
    ],
)
def test_what_is_over_paused_or_begun_is_nobodys_new_work(why: str) -> None:
    """Neither assigned nor escalated, however late it is."""
    [course] = school.put("courses", {"title": "Algebra"})
    office.trainer(course)
    enrollment, _ = office.intervention(course, hours=200)
    school.change(f"UPDATE {why}")
    before = school.row(enrollment)
    with transaction() as conn:
        done = [care.assign(conn), care.escalate(conn, care.Limits())]

    assert ([0, 0], before) == (done, school.row(enrollment))


#: Level, hours since it was assigned (or None), since it was created, until a snooze ends (or None), escalated or not.
HOUR = 1 / 3600
LATE: list[tuple[str, float | None, float, float | None, bool]] = [
    ("high", None, 24 + HOUR, None, True),
    ("high", None, 24 - HOUR, None, False),
    ("medium", None, 72 + HOUR, None, True),
    ("medium", None, 72 - HOUR, None, False),
    ("low", None, 2000, None, False),
    ("high", 24 + HOUR, 100, None, True),
    ("high", 24 - HOUR, 100, None, False),
    ("medium", 72 - HOUR, 100, None, False),
    ("high", None, 100, 1, False),
    ("high", None, 100, -1, False),
    ("high", None, 100, -24 - HOUR, True),
]


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("level", "assigned", "created", "snoozed", "escalated"), LATE)
def test_a_row_is_late_by_its_level_since_it_was_assigned_else_created(
    level: str, assigned: float | None, created: float, snoozed: float | None, *, escalated: bool
) -> None:
    """On both sides of 24 and 72 hours, to the second; a snooze that ended is where the waiting begins."""
    owner = office.owner()
    [course] = school.put("courses", {"title": "Algebra", "owner_id": owner})
    values: dict[str, Any] = {"risk_level": level, "detected_level": level}
    if assigned is not None:
        values |= {"assigned_trainer_id": office.trainer(), "assigned_at": NOW - timedelta(hours=assigned)}
    if snoozed is not None:
        values["snoozed_until"] = NOW + timedelta(hours=snoozed)
    enrollment, _ = office.intervention(course, created_at=NOW - timedelta(hours=created), **values)
    with transaction() as conn:
        done = [care.escalate(conn, care.Limits(), at=NOW) for _ in range(2)]
    row = school.row(enrollment)

    assert [int(escalated), 0] == done
    assert (("escalated", owner) if escalated else ("pending", None)) == (row["status"], row["escalated_to"])


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("hours", "escalated"), [(24 - HOUR, False), (24 + HOUR, True)])
@pytest.mark.parametrize("begin", ["2026-11-27 18:00+00", "2026-11-26 17:00-05"])
def test_with_a_zone_saturdays_and_sundays_do_not_count(begin: str, hours: float, *, escalated: bool) -> None:
    """A high row of Friday evening is late on Monday evening; one of Thursday, 17:00 in New York, on Friday."""
    began = datetime.fromisoformat(begin)
    zone = "UTC" if began.utcoffset() == timedelta(0) else "America/New_York"
    passed = timedelta(hours=hours) + (timedelta(days=2) if zone == "UTC" else timedelta(0))
    enrollment, _ = office.intervention(risk_level="high", created_at=began)
    school.change("UPDATE support.student_enrollments SET enrolled_at = now() - interval '400 days'")
    with transaction() as conn:
        care.escalate(conn, care.Limits(zone), at=began + passed)

    assert escalated == (school.row(enrollment)["status"] == "escalated")


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("status", "level"), list(product(["pending", "in_progress"], ["high", "medium"])))
def test_a_level_that_rises_to_high_goes_to_the_owner_at_once(status: str, level: str) -> None:
    """Also where a trainer has begun; a rise to medium does not."""
    enrollment, _ = office.intervention(status=status, risk_level=level, raised_at=NOW, created_at=NOW - timedelta(1))
    with transaction() as conn:
        care.escalate(conn, care.Limits(), at=NOW)
    row = school.row(enrollment)

    assert ("escalated" if level == "high" else status) == row["status"]
    assert ("the level rose to high" if level == "high" else None) == row["escalation_reason"]
