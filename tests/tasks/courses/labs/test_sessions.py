"""What a learner asks of his session: half an hour more, a fresh start, a verdict, an end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from bellwork.db.courses import labs as rows
from bellwork.db.courses.tables import LAB_SESSION_MACHINE, LIVE_SESSIONS
from bellwork.db.engine import transaction
from bellwork.tasks.courses.labs.provision import provision_lab
from bellwork.tasks.courses.labs.sessions import end_lab, extend_lab, judge_lab, reset_lab
from bellwork.tasks.courses.labs.submitted import lab_problems
from bellwork.tasks.providers.labs.ticket import read_ticket
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.courses.labs import room
from tests.tasks.courses.labs.conftest import KEY
from tests.tasks.providers.labs.shells import learner

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

STATUSES = [status.value for status in LAB_SESSION_MACHINE.states]


@pytest.fixture
def here(host: Bubblewrap) -> tuple[Bubblewrap, UUID]:
    """A host and a session that runs on it."""
    session = room.session(room.course())
    job = run_inline(provision_lab, lab_session_id=session)
    assert "running" == room.row(session).status, job
    return host, session


def test_half_an_hour_more_for_each_time_it_is_asked_for(here: tuple[Bubblewrap, UUID]) -> None:
    """The ticket goes on as long as the lab."""
    _, session = here
    before = room.row(session)
    for _ in range(2):
        run_inline(extend_lab, lab_session_id=session)
    after = room.row(session)
    assert 3600 == (after.expires_at - before.expires_at).total_seconds()
    said = read_ticket(after.terminal_url.rpartition("/")[2], KEY)
    assert said
    assert int(after.expires_at.timestamp()) == said.ends


def test_an_extension_that_a_plan_does_not_allow_is_told(database: str) -> None:
    """Pro: what is left of this lab counts with what is asked for, so that no five hours become six."""
    del database
    session = room.running(room.course("pro"), left="3 hours")
    for _ in range(9):
        run_inline(extend_lab, lab_session_id=session)
    [(planned,)] = room.ask(
        """SELECT extract(epoch FROM expires_at - greatest(started_at, date_trunc('month', now(), 'UTC'))) / 3600
           FROM {courses}.lab_sessions"""
    )
    assert 4.5 < planned <= 5
    assert all(said.startswith("Your plan has 5 hours of labs a month; ") for said in room.told())
    assert 5 <= len(room.told()) <= 6


@pytest.mark.parametrize("left", ["0 seconds", "-1 second"])
def test_what_is_over_is_not_extended_swept_or_not(database: str, left: str) -> None:
    """From `expires_at` on there is nothing left to extend."""
    del database
    session = room.running(room.course(), left=left)
    before = room.row(session)
    run_inline(extend_lab, lab_session_id=session)
    assert before == room.row(session)


def test_an_extension_and_the_sweep_at_the_same_instant_agree(database: str) -> None:
    """Whoever is second sees what the first did: expired with its end in the past, or running with one to come."""
    del database
    seeded = room.course()
    outcomes = set()
    for milliseconds in range(0, 60, 6):
        session = room.running(seeded, left=f"{milliseconds} milliseconds")
        works = [threading.Thread(target=work, args=(session,)) for work in (_extend, _expire) * 2]
        for work in works:
            work.start()
        for work in works:
            work.join()
        [(status, ends)] = room.ask(
            "SELECT status, expires_at > now() FROM {courses}.lab_sessions WHERE id = :id", id=session
        )
        if status == "running" and not ends:  # nobody was second: it was locked, or not yet over
            _expire(session)
            status = room.row(session).status
        assert (status, ends) in {("running", True), ("expired", False)}
        outcomes.add(status)
        room.change("UPDATE {courses}.lab_sessions SET status = 'expired'")
    assert outcomes <= {"running", "expired"}


def test_a_reset_is_a_fresh_container_under_the_same_clock(here: tuple[Bubblewrap, UUID]) -> None:
    """The old one is gone, twice the same number is one reset, and a number that is not due is none."""
    host, session = here
    before = room.row(session)
    with learner(host, before.container_id) as anna:
        anna.type("echo mine >work")
    run_inline(reset_lab, lab_session_id=session, reset_no=3)
    for _ in range(3):
        run_inline(reset_lab, lab_session_id=session, reset_no=1)
    room.drain()

    after = room.row(session)
    assert ("running", 1, f"lab-{session}-1") == (after.status, after.reset_count, after.container_id)
    assert (before.started_at, before.expires_at) == (after.started_at, after.expires_at)
    assert [(0, "gone"), (1, "running")] == room.containers(session)
    assert [after.container_id] == [each.id for each in host.held()]
    assert after.container_id in after.terminal_url
    with learner(host, after.container_id) as anna:
        assert "No such file" in anna.type("cat work")


def test_resets_at_once_make_one_container(here: tuple[Bubblewrap, UUID]) -> None:
    """Three jobs of one number side by side."""
    host, session = here
    works = [threading.Thread(target=run_inline, args=(reset_lab,), kwargs=_reset(session, 1)) for _ in range(3)]
    for work in works:
        work.start()
    for work in works:
        work.join()
    room.drain(later=True)
    assert [(0, "gone"), (1, "running")] == room.containers(session)
    assert [f"lab-{session}-1"] == [each.id for each in host.held()]


def test_a_passed_lab_is_completed_and_done_for_its_lesson(here: tuple[Bubblewrap, UUID]) -> None:
    """First it is not passed and goes on; then everything is one commit, and a later verdict changes nothing."""
    host, session = here
    row = room.row(session)
    run_inline(judge_lab, lab_session_id=session, command_id="c1")
    failed = room.row(session)
    assert ("running", False, "0.00") == (
        failed.status,
        failed.validation_result["passed"],
        failed.validation_result["score"],
    )
    with learner(host, row.container_id) as anna:
        anna.type("echo 'print(\"hello\")' >hello.py")
    for _ in range(2):
        run_inline(judge_lab, lab_session_id=session, command_id="c2")
    room.drain()

    passed = room.row(session)
    assert ("completed", True, "100.00", "c2") == (
        passed.status,
        passed.validation_result["passed"],
        passed.validation_result["score"],
        passed.validation_result["command_id"],
    )
    assert passed.completed_at
    assert not passed.terminal_url
    assert [(True, 1)] == room.ask("SELECT bool_and(lab_completed), count(*) FROM {courses}.lesson_progress")
    assert [(0, "gone")] == room.containers(session)
    assert not host.held()


def test_a_verdict_on_a_container_that_was_reset_meanwhile_counts_for_nothing(database: str) -> None:
    """Passed or not, it was about files that are gone."""
    del database
    session = room.running(room.course(), container_id="lab-x-1", reset_count=1)
    before = room.row(session)
    with transaction() as conn:
        assert rows.judged(conn, session, "lab-x-0", {"passed": True}, passed=True) is None
    assert before == room.row(session)


def test_criteria_that_no_judge_can_use_are_refused_at_the_submission_and_dead_at_the_verdict(
    here: tuple[Bubblewrap, UUID],
) -> None:
    """The author is told by lab and criterion; a learner's session goes on."""
    _, session = here
    room.change("UPDATE {courses}.labs SET success_criteria = '[{\"kind\": \"screenshot\"}]' WHERE title = 'A lab'")
    [course] = room.ask("SELECT id FROM {courses}.courses")
    with transaction() as conn:
        problems = lab_problems(conn, course.id)
    assert 2 == len(problems)
    assert problems[0].startswith("lab 'A lab': criterion 1: its kind is 'screenshot'")
    assert "dead" == run_inline(judge_lab, lab_session_id=session, command_id="c")["state"]
    assert "running" == room.row(session).status


def test_a_learner_ends_his_session(here: tuple[Bubblewrap, UUID]) -> None:
    """It is expired as of now, and its lab goes; what was pending has failed."""
    host, session = here
    for _ in range(2):
        run_inline(end_lab, lab_session_id=session)
    room.drain()
    row = room.row(session)
    assert ("expired", True) == (row.status, row.expires_at <= row.updated_at)
    assert [(0, "gone")] == room.containers(session)
    assert not host.held()


def test_a_home_is_there_again_in_the_next_session_of_that_lab(here: tuple[Bubblewrap, UUID]) -> None:
    """For a day; then it is forgotten."""
    host, session = here
    with learner(host, f"lab-{session}-0") as anna:
        anna.type("echo mine >work")
    run_inline(end_lab, lab_session_id=session)
    room.drain()
    [lab] = room.ask("SELECT lab_id, user_id FROM {courses}.lab_sessions")
    again = _again(lab)
    run_inline(provision_lab, lab_session_id=again)
    with learner(host, f"lab-{again}-0") as anna:
        assert "mine" in anna.type("cat work")
    assert ["courses.forget_home"] == [each["actor"] for each in enqueued("courses.forget_home")]
    run_inline(end_lab, lab_session_id=again)
    room.drain(later=True)
    assert not enqueued()
    third = _again(lab)
    run_inline(provision_lab, lab_session_id=third)
    with learner(host, f"lab-{third}-0") as anna:
        assert "No such file" in anna.type("cat work")


@pytest.mark.parametrize("status", STATUSES)
def test_every_command_moves_a_session_by_the_machine_or_not_at_all(status: str, database: str) -> None:
    """All pairs: whatever a command makes of a session is a legal move, and what is over stays as it is."""
    del database
    seeded = room.course()

    def sessions() -> list[tuple[UUID, object]]:
        room.change("DELETE FROM {courses}.lab_containers")
        room.change("DELETE FROM {courses}.lab_sessions")
        ends = "-1 minute" if status in {"completed", "expired", "failed"} else "10 minutes"
        made = room.running(seeded, left=ends)
        room.change(
            """UPDATE {courses}.lab_sessions SET status = CAST(:status AS {courses}.session_status),
                   container_id = 'lab-x', updated_at = now() - interval '10 minutes' WHERE id = :id""",
            status=status,
            id=made,
        )
        return [(made, room.row(made))]

    commands = {
        "begin": lambda conn, one: rows.begin(conn, one, "here"),
        "started": lambda conn, one: rows.started(conn, one, f"lab-{one}-0"),
        "fail": lambda conn, one: rows.fail(conn, one, *LIVE_SESSIONS),
        "extend": rows.extend,
        "reset": lambda conn, one: rows.reset(conn, one, 1, "here"),
        "judged": lambda conn, one: rows.judged(conn, one, "lab-x", {}, passed=True),
        "end": rows.end,
        "expire": lambda conn, _: rows.expire(conn, 10),
        "stuck": lambda conn, _: rows.fail_stuck(conn, 10),
    }
    for name, command in commands.items():
        [(one, before)] = sessions()
        with transaction() as conn:
            command(conn, one)  # type: ignore[no-untyped-call]
        after = room.row(one)
        if status in {"completed", "expired", "failed"}:
            assert before == after, name
        elif after.status != status:
            LAB_SESSION_MACHINE.check(status, after.status)


def test_what_is_no_session_does_nothing(host: Bubblewrap) -> None:
    """Every command ends without having made anything."""
    for command in (extend_lab, end_lab):
        assert "done" == run_inline(command, lab_session_id=uuid4())["state"]
    assert "done" == run_inline(reset_lab, **_reset(uuid4(), 1))["state"]
    assert "done" == run_inline(judge_lab, lab_session_id=uuid4(), command_id="c")["state"]
    assert not host.held()


def _reset(session: UUID, number: int) -> dict[str, object]:
    return {"lab_session_id": session, "reset_no": number}


def _again(lab: object) -> UUID:
    from bellwork.db.courses.seed import add  # noqa: PLC0415 - one more row

    with transaction() as conn:
        return add(conn, "lab_sessions", lab_id=lab.lab_id, user_id=lab.user_id)  # type: ignore[attr-defined]


def _extend(session: UUID) -> None:
    with transaction() as conn:
        rows.extend(conn, session)


def _expire(session: UUID) -> None:
    del session
    with transaction() as conn:
        rows.expire(conn, 100)
