"""Interventions are carried out, approved, raised when late, judged after, and end where the tutor has left."""

from __future__ import annotations

from typing import Any

import pytest

from bellwork.db.engine import forget, transaction
from bellwork.db.tutoring.interventions import decide
from bellwork.tasks.tutoring.care import settle_statuses, sweep_interventions, track_outcomes
from bellwork.tasks.tutoring.churn import predict_churn
from bellwork.workers.testing import drain, run_inline
from tests.tasks.tutoring.classroom import figures, interventions, run, tutor

_INTERVENTION = """
INSERT INTO {tutoring}.interventions (intervention_id, tutor_id, intervention_type, status, assigned_to, trigger_reason,
    recommended_date, due_date, completed_date)
VALUES (CAST(:id AS text), CAST(:tutor AS text), CAST(:type AS text), CAST(:status AS text), CAST(:who AS text), 'why',
    now() - make_interval(secs => 3600 * CAST(:begun AS float8)),
    now() - make_interval(secs => 3600 * CAST(:due AS float8)),
    now() - make_interval(secs => 86400 * CAST(:done AS float8)))
"""
_SESSION = """
INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, scheduled_start, actual_start, no_show)
SELECT concat_ws(' ', CAST(:tutor AS text), d), CAST(:tutor AS text), 's', at, at, false
FROM unnest(CAST(:ago AS float8[])) d CROSS JOIN LATERAL (SELECT now() - make_interval(secs => 86400 * d) AS at) x
"""


@pytest.fixture(autouse=True)
def _office(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database with a student, and a manager with an address."""
    del database
    monkeypatch.setenv("TUTORING_MANAGER", "manager@school.example")
    forget()
    run("INSERT INTO {tutoring}.students (student_id, name) VALUES ('s', 'Sam')")


def test_an_automatic_one_is_carried_out_by_its_letter_and_a_persons_waits_for_a_word() -> None:
    """The alert is completed when its letter is sent, the training goes on; the check-in is asked for, and pending."""
    tutor("t1", reschedules=25, engagement=50, first=40)
    run_inline(predict_churn, tutor_id="t1", source="e")
    drain()
    states = {row["intervention_type"]: row["status"] for row in interventions("t1")}
    letters = _letters()

    assert "completed" == states["rescheduling_alert"]
    assert "in_progress" == states["training_module"]
    assert "pending" == states["first_session_checkin"]
    assert {"intervention": 2, "intervention_request": len(states) - 2} == {
        kind: sum(each["kind"] == kind for each in letters) for kind in ("intervention", "intervention_request")
    }
    assert {"sent"} == {each["state"] for each in letters}


def test_without_an_address_the_letter_is_suppressed_and_the_row_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """No address: recorded, not lost; an automatic one whose address bounces stays open and says so."""
    monkeypatch.delenv("TUTORING_MANAGER")
    forget()
    tutor("t1", first=40)
    tutor("t2", reschedules=25)
    run("UPDATE {tutoring}.tutors SET email = 'not an address' WHERE tutor_id = 't2'")
    for tutor_id in ("t1", "t2"):
        run_inline(predict_churn, tutor_id=tutor_id, source="e")
    drain()
    [request] = [each for each in _letters() if each["kind"] == "intervention_request"]
    [alert] = interventions("t2")

    assert ("suppressed", "no address") == (request["state"], request["reason"])
    assert ("pending", "its letter was not sent: refused") == (alert["status"], alert["notes"])


@pytest.mark.parametrize(
    ("type_", "status", "begun", "due", "levels"),
    [
        ("retention_interview", "pending", 23.9, -24, []),
        ("retention_interview", "pending", 24.1, -24, [1]),
        ("retention_interview", "in_progress", 24.1, -24, []),
        ("manager_coaching", "pending", 24.1, -24, []),
        ("manager_coaching", "pending", 100, -0.1, []),
        ("manager_coaching", "in_progress", 100, 0.1, [2]),
        ("manager_coaching", "pending", 100, 23.9, [2]),
        ("manager_coaching", "pending", 100, 24.1, [2, 3]),
        ("manager_coaching", "pending", 200, 72.1, [2, 3, 4]),
        ("performance_improvement_plan", "pending", 200, 72.1, [1, 2, 3, 4]),
        ("manager_coaching", "completed", 200, 72.1, []),
        ("manager_coaching", "cancelled", 200, 72.1, []),
    ],
)
def test_late_ones_are_raised_once_a_level(
    type_: str, status: str, begun: float, due: float, levels: list[int]
) -> None:
    """Swept again and again: each level once, and the manager gets one letter for the highest new one."""
    tutor("t1")
    _intervention("i", type_, status, begun=begun, due=due)
    for _ in range(3):
        run_inline(sweep_interventions)
    drain()
    rows = run("SELECT level, told, reason FROM {tutoring}.escalations ORDER BY level")
    letters = [each["key"] for each in _letters()]

    assert levels == [row["level"] for row in rows]
    assert {"tutor_manager"} >= {row["told"] for row in rows}
    assert ([f"tutoring.intervention_late:{levels[-1]}:i"] if levels else []) == letters


def test_a_manager_decides_once() -> None:
    """Approved it goes on, refused with a reason it is cancelled; a second word, or one about nothing, is refused."""
    tutor("t1")
    _intervention("yes", "manager_coaching", "pending")
    _intervention("no", "peer_mentoring", "pending")
    _intervention("auto", "recognition", "pending", who="automatic")
    with transaction() as conn:
        assert "in_progress" == decide(conn, "yes", "m1", approved=True)
    with transaction() as conn:
        assert "cancelled" == decide(conn, "no", "m1", approved=False, reason="on leave")
    for id_, approved, reason, message in (
        ("yes", True, None, "is in_progress, and only a pending one is decided"),
        ("auto", True, None, "is automatic"),
        ("gone", True, None, "there is no intervention 'gone'"),
    ):
        with pytest.raises(Exception, match=message), transaction() as conn:
            decide(conn, id_, "m1", approved=approved, reason=reason)
    _intervention("open", "retention_interview", "pending")
    with pytest.raises(Exception, match="without a reason"), transaction() as conn:
        decide(conn, "open", "m1", approved=False)

    assert {("yes", True), ("no", False)} == {
        (row["intervention_id"], row["approved"]) for row in run("SELECT * FROM {tutoring}.approvals")
    }


@pytest.mark.parametrize(
    ("before", "after", "done", "status", "outcome"),
    [
        ("At Risk", "Needs Attention", 14.1, "active", "improved"),
        ("Strong", "Developing", 14.1, "active", "declined"),
        ("Strong", "Strong", 14.1, "active", "no_change"),
        ("Strong", "Exemplary", 13.9, "active", None),
        ("Strong", "Exemplary", 14.1, "churned", "churned"),
        (None, "Exemplary", 14.1, "active", None),
    ],
)
def test_an_outcome_compares_tiers_fourteen_days_after(
    before: str | None, after: str, done: float, status: str, outcome: str | None
) -> None:
    """The tier of 14 days after completion against that of the recommendation; what is not known is not guessed."""
    tutor("t1", status=status, tier=after)
    figures("t1", ago=30, tier=before)
    _intervention("i", "manager_coaching", "completed", begun=24 * 29, done=done)
    for _ in range(2):
        run_inline(track_outcomes)

    assert [outcome] == [row["outcome"] for row in interventions("t1")]


@pytest.mark.parametrize(
    ("ago", "odd", "status"),
    [
        ([7.9], {}, "inactive"),
        ([6.9], {}, "active"),
        ([13.9], {}, "inactive"),
        ([14.1], {}, "churned"),
        ([], {"tenure": 400}, "churned"),
        ([], {"tenure": 5}, "active"),
        ([], {"tenure": 10}, "inactive"),
        ([1, 2, 3, 4, 8, 9, 15, 16], {"baseline": 8}, "active"),
        ([1, 2, 3, 8, 9, 10, 15, 16, 17], {"baseline": 8}, "churned"),
        ([1, 2, 3, 8, 9, 10, 15, 16, 17], {"baseline": 6}, "active"),
        ([1, 2, 3, 8, 9, 10, 15, 16, 17], {"baseline": 8, "tenure": 20}, "active"),
        ([1, 2, 3, 8, 9, 10, 15, 16, 17], {"baseline": None}, "active"),
    ],
)
def test_a_status_is_what_sessions_say(ago: list[float], odd: dict[str, Any], status: str) -> None:
    """Days without a session, or three weeks below half of the baseline; whatever it was before, and twice the same."""
    tutor("t1", **{"baseline": 1, **odd})
    run(_SESSION, tutor="t1", ago=ago)
    for before in ("active", "churned"):
        run("UPDATE {tutoring}.tutors SET status = :status", status=before)
        for _ in range(2):
            run_inline(settle_statuses)
        [row] = run("SELECT status FROM {tutoring}.tutors")

        assert status == row["status"]


def test_who_has_left_keeps_his_rows_and_a_session_brings_back() -> None:
    """A resignation cancels what is open and nothing else; a session after it makes the tutor active again."""
    tutor("t1", baseline=1)
    run(_SESSION, tutor="t1", ago=[2])
    run(
        "INSERT INTO {tutoring}.tutor_events (event_id, tutor_id, event_type, event_timestamp)"
        " VALUES ('e', 't1', 'resignation', now() - interval '1 day')"
    )
    _intervention("open", "manager_coaching", "in_progress")
    _intervention("done", "recognition", "completed")
    run_inline(settle_statuses)
    left = run("SELECT status FROM {tutoring}.tutors")[0]["status"]
    run(_SESSION, tutor="t1", ago=[0.1])
    run_inline(settle_statuses)
    changes = run("SELECT before, after, why FROM {tutoring}.status_changes ORDER BY id")
    kept = {row["intervention_id"]: (row["status"], row["notes"]) for row in interventions("t1")}

    assert "churned" == left
    assert {"open": ("cancelled", "cancelled: the tutor has left"), "done": ("completed", None)} == kept
    assert [("active", "churned", "resigned"), ("churned", "active", "a session")] == [
        (row["before"], row["after"], row["why"]) for row in changes
    ]
    assert 2 == len(run("SELECT FROM {tutoring}.tutor_performance_metrics"))


def _intervention(id_: str, type_: str, status: str, **odd: Any) -> None:
    """Insert one: `begun` and `due` so many hours ago (due in an hour), `done` so many days ago, for `who`."""
    asked = {"who": "tutor_manager", "begun": 1, "due": -1, "done": 1, **odd}
    run(_INTERVENTION, id=id_, tutor="t1", type=type_, status=status, **asked)


def _letters() -> list[dict[str, Any]]:
    return run("SELECT key, kind, state, reason FROM bellwork.letters ORDER BY id")
