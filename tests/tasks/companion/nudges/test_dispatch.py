"""The jobs that nudge: twice is once, side by side is one after the other, and the cap holds whoever sends them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.db.companion.nudges import nudge_achievers, nudge_inactive
from bellwork.db.companion.seed import morning
from bellwork.db.engine import transaction
from bellwork.tasks.companion.nudges import scan as scanning
from bellwork.tasks.companion.nudges.achieved import congratulate
from bellwork.tasks.companion.nudges.login import note_login
from bellwork.tasks.companion.nudges.scan import scan, scan_inactivity
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers.testing import run_inline
from tests.db.companion.school import DAY, School

if TYPE_CHECKING:
    from uuid import UUID

_KEYS = "SELECT user_id, day, count(*), max(slot) FROM {companion}.nudge_keys GROUP BY user_id, day ORDER BY 1"
_NUDGES = "SELECT type, user_id FROM {companion}.nudges ORDER BY 2, 1"
_ROWS = "SELECT (SELECT count(*) FROM {companion}.nudges), (SELECT count(*) FROM {companion}.nudge_suppressions)"


def _now() -> datetime:
    return datetime.now(UTC)


def _learners(number: int, cap: int, **goal: datetime) -> list[UUID]:
    with transaction() as conn:
        school = School(conn)
        wishes: dict[str, Any] = {"nudge_frequency_cap": cap, "time_zone": morning()}
        learners = [school.user(signed_up=_now() - 30 * DAY, **wishes) for _ in range(number)]
        for learner in learners if goal else []:
            school.goal(learner, goal["reached"])
    return learners


def _all(statement: str) -> list[tuple[object, ...]]:
    with transaction() as conn:
        school = School.__new__(School)
        school.conn = conn
        return school.all(statement)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("cap", [1, 2])
def test_m6_twenty_at_once_never_break_the_cap(cap: int) -> None:
    """Ten scans and ten times everybody's login: nobody has more than his cap, nobody a type twice, nothing is lost."""
    learners = _learners(40, cap, reached=_now() - DAY)

    def schedule(_: int) -> None:
        for rule in (nudge_achievers, nudge_inactive):
            scan(rule, Budget(60))

    def log_in(number: int) -> None:
        for learner in learners[number:] + learners[:number]:
            run_inline(note_login, user_id=learner)

    with ThreadPoolExecutor(20) as threads:
        waiting = [threads.submit(what, number) for number in range(10) for what in (schedule, log_in)]
        for each in waiting:
            each.result(timeout=100)

    assert [(learner, cap, cap) for learner in sorted(learners)] == [(row[0], *row[2:]) for row in _all(_KEYS)]
    assert 40 * cap == len(set(_all(_NUDGES))) == len(_all(_NUDGES))
    before = _all(_ROWS)
    schedule(0)
    assert before == _all(_ROWS), "a repeated run writes nothing"


@pytest.mark.usefixtures("database")
def test_a_scan_that_is_out_of_time_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a job of its own, from the learner to whom it came; in the end everybody was looked at once."""
    learners = _learners(5, 1)
    monkeypatch.setattr(scanning, "_FIRST_BATCH", 2)
    monkeypatch.setattr(scanning, "Budget", _two_steps)
    told = run_inline(scan_inactivity)
    [(after,)] = _all("SELECT args -> 'after' FROM bellwork.jobs WHERE actor = 'companion.scan_inactivity'")
    monkeypatch.setattr(scanning, "Budget", Budget)
    run_inline(scan_inactivity, after=after)

    assert told["state"] == "done"
    assert [("inactivity", learner) for learner in sorted(learners)] == _all(_NUDGES)


@pytest.mark.usefixtures("database")
def test_two_jobs_share_many_learners(monkeypatch: pytest.MonkeyPatch) -> None:
    """One goes up to the learner in the middle and another one on from there: together they nudge everybody once."""
    learners = sorted(_learners(5, 1))
    middle = learners[2]
    monkeypatch.setattr(scanning, "middle_learner", lambda _: middle)
    run_inline(scan_inactivity)
    first = _all(_NUDGES)
    [(after,)] = _all("SELECT args -> 'after' FROM bellwork.jobs WHERE actor = 'companion.scan_inactivity'")
    run_inline(scan_inactivity, after=after)

    assert [("inactivity", learner) for learner in learners[:3]] == first
    assert [("inactivity", learner) for learner in learners] == _all(_NUDGES)


@pytest.mark.usefixtures("database")
def test_a_login_gives_what_is_due_and_greets_where_nothing_is() -> None:
    """Who does nothing is nudged for that, an achiever is congratulated, others are greeted, tutors are not."""
    idle, achiever = _learners(1, 3)[0], _learners(1, 3, reached=_now() - DAY)[0]
    with transaction() as conn:
        school = School(conn)
        busy, tutor = school.user(signed_up=_now(), time_zone=morning()), school.tutor
    for one in (idle, achiever, busy, tutor, uuid4(), busy):
        assert run_inline(note_login, user_id=one)["state"] == "done"
    run_inline(congratulate, student_id=achiever)

    given = {(kind, one) for kind, one in _all(_NUDGES)}
    assert {
        ("inactivity", idle),
        ("cross_subject", achiever),
        ("inactivity", achiever),
        ("login", busy),
    } == given


class _two_steps:  # noqa: N801 - it stands where a class is called
    """A budget that is spent after two batches."""

    def __init__(self, _: float) -> None:
        self._left = 2

    @property
    def is_spent(self) -> bool:
        """Count down."""
        self._left -= 1
        return self._left < 0
