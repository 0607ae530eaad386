"""A session gets its lab: once, if its learner's plan allows it, and its clock starts when the lab is there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bellwork.db.courses import labs as rows
from bellwork.db.courses.seed import add
from bellwork.db.engine import transaction
from bellwork.tasks.courses.labs.provision import provision_lab
from bellwork.tasks.courses.labs.sessions import end_lab
from bellwork.tasks.providers.labs.ticket import read_ticket
from bellwork.workers.testing import run_inline
from tests.tasks.courses.labs import room
from tests.tasks.courses.labs.conftest import KEY
from tests.tasks.providers.labs.shells import learner

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bellwork.db.courses.seed import Seeded
    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap


def at_once(*works: Callable[[], object]) -> None:
    """Do all of it side by side."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_session_runs_from_the_moment_its_lab_is_there(host: Bubblewrap) -> None:
    """Status, container, clock and terminal are in one commit; the lab has its files; the ticket ends with the lab."""
    seeded = room.course(files='{"hello.py": "print(1)"}', minutes=45)
    room.change("UPDATE {courses}.lab_templates SET init_script = 'echo ready >state'")
    room.change('UPDATE {courses}.lab_templates SET environment_vars = \'{"A": "b"}\'')
    session = room.session(seeded)

    assert "done" == run_inline(provision_lab, lab_session_id=session)["state"]

    row = room.row(session)
    assert ("running", f"lab-{session}-0") == (row.status, row.container_id)
    assert 45 * 60 == (row.expires_at - row.started_at).total_seconds()
    assert [(0, "running")] == room.containers(session)
    url, _, ticket = row.terminal_url.rpartition("/")
    said = read_ticket(ticket, KEY)
    assert "wss://here.example.org/labs" == url
    assert said
    assert (row.container_id, int(row.expires_at.timestamp())) == (said.lab_id, said.ends)
    with learner(host, row.container_id) as anna:
        assert "ready\nb" in anna.type("cat state; echo $A").replace("\x1b[?2004l", "")


def test_a_session_gets_one_lab_however_often_it_is_asked_for(host: Bubblewrap) -> None:
    """Three jobs at once, and one more later: one container, one start of the clock."""
    session = room.session(room.course())
    at_once(*[lambda: run_inline(provision_lab, lab_session_id=session)] * 3)
    room.drain(later=True)
    first = room.row(session)
    run_inline(provision_lab, lab_session_id=session)
    room.drain()

    assert first == room.row(session)
    assert "running" == first.status
    assert [f"lab-{session}-0"] == [each.id for each in host.held()]
    assert [(0, "running")] == room.containers(session)


@pytest.mark.parametrize(
    ("tier", "used_minutes", "allowed"),
    [
        ("free", 0, False),
        ("basic", 0, False),
        ("pro", 0, True),
        ("pro", 240, True),
        ("pro", 241, False),
        ("premium", 9_000, True),
        ("enterprise", 9_000, True),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_plan_says_how_many_hours_of_labs_a_month_has(tier: str, used_minutes: int, allowed: bool) -> None:
    """Pro: what was used in this month (UTC) and the duration of this lab, an hour, are five hours at most."""
    seeded = room.course(tier)
    room.session(seeded, "mixed", status="expired")
    _spent(used_minutes)
    assert allowed == isinstance(_begun(room.session(seeded)), rows.Begun)


def test_only_what_was_used_within_this_month_counts(database: str) -> None:
    """A session of the last month counts with none of its minutes, one across the turn with those after it."""
    del database
    seeded = room.course("pro")
    room.session(seeded, "mixed", status="expired")
    room.change(_ACROSS, after="4 hours")
    assert isinstance(_begun(room.session(seeded)), rows.Begun)
    room.change(_ACROSS, after="0 hours")
    room.change("UPDATE {courses}.labs SET duration_minutes = 300")
    assert isinstance(_begun(room.session(seeded, "mixed")), rows.Begun)


def test_a_refused_session_fails_and_says_why(database: str) -> None:
    """Nothing is asked for, and the learner is told once."""
    del database
    session = room.session(room.course("basic"))
    for _ in range(2):
        run_inline(provision_lab, lab_session_id=session)
    assert "failed" == room.row(session).status
    assert [] == room.containers(session)
    assert ["Your plan has no labs."] == room.told("courses.lab_refused")


def test_two_labs_at_once_and_no_third(database: str) -> None:
    """Five sessions of five labs, begun side by side: two go on, three are refused."""
    del database
    seeded = room.course()
    sessions = [_in_another_lab(seeded) for _ in range(5)]
    begun: list[object] = []
    at_once(*[lambda each=each: begun.append(_begun(each)) for each in sessions])
    assert [2, 3] == [sum(isinstance(each, kind) for each in begun) for kind in (rows.Begun, rows.Refused)]
    assert ["failed"] * 3 + ["provisioning"] * 2 == sorted(room.row(each).status for each in sessions)


def test_a_lab_that_cannot_be_made_fails_its_session(host: Bubblewrap) -> None:
    """After its retries, or at once where it never could be; the learner is told, and nothing is left."""
    seeded = room.course()
    room.change("UPDATE {courses}.lab_templates SET init_script = 'exit 1'")
    first = room.session(seeded)
    provision_lab.send(lab_session_id=first)
    room.drain(later=True)
    room.change("UPDATE {courses}.lab_templates SET resource_limits = '{\"gpu\": 1}'")
    second = room.session(seeded, "mixed")
    provision_lab.send(lab_session_id=second)
    room.drain()

    assert ["failed"] * 2 == [room.row(each).status for each in (first, second)]
    assert [[(0, "gone")]] * 2 == [room.containers(each) for each in (first, second)]
    assert 2 == len(room.told("courses.lab_failed"))
    assert not host.held()


def test_a_lab_whose_session_failed_meanwhile_is_let_go(host: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> None:
    """The learner ends his session while its lab is made: the lab is made, and goes."""
    session = room.session(room.course())

    def slow(order: object) -> None:
        run_inline(end_lab, lab_session_id=session)
        create(order)  # type: ignore[arg-type]

    from bellwork.tasks.providers import labs  # noqa: PLC0415 - the host that the settings of this test name

    create = labs().create
    monkeypatch.setattr(labs(), "create", slow, raising=True)
    run_inline(provision_lab, lab_session_id=session)
    room.drain()
    assert "failed" == room.row(session).status
    assert [(0, "gone")] == room.containers(session)
    assert not host.held()


def test_a_lab_that_another_host_was_asked_for_is_made_there(host: Bubblewrap) -> None:
    """The job goes on in that host's queue; here nothing is made."""
    session = room.session(room.course())
    with transaction() as conn:
        rows.begin(conn, session, "far-away")
    run_inline(provision_lab, lab_session_id=session)
    jobs = room.ask("SELECT queue FROM bellwork.jobs WHERE actor = 'courses.provision_lab'")
    assert ["labs-far-away"] == [each.queue for each in jobs]
    assert not host.held()


def test_what_is_no_session_does_nothing(host: Bubblewrap) -> None:
    """A session that is not there, or is over, makes no lab."""
    assert "done" == run_inline(provision_lab, lab_session_id=uuid4())["state"]
    over = room.session(room.course(), status="completed")
    before = room.row(over)
    run_inline(provision_lab, lab_session_id=over)
    assert before == room.row(over)
    assert not host.held()


def _begun(session: UUID) -> object:
    with transaction() as conn:
        return rows.begin(conn, session, "here")


def _in_another_lab(seeded: Seeded) -> UUID:
    with transaction() as conn:
        [kind] = conn.exec_driver_sql("SELECT template_id FROM courses.labs LIMIT 1").one()
        module = conn.exec_driver_sql("SELECT id FROM courses.modules LIMIT 1").scalar_one()
        lesson = add(conn, "lessons", module_id=module, title="More", lesson_type="lab", order_index=9)
        more = {"title": "More", "instructions": "…", "success_criteria": []}
        lab = add(conn, "labs", lesson_id=lesson, template_id=kind, **more)
        return add(conn, "lab_sessions", lab_id=lab, user_id=seeded.learner)


def _spent(minutes: int) -> None:
    """Let the one session that is over have lasted so long, all of it within this month."""
    room.change(_SPENT, minutes=minutes)


_ACROSS = """
UPDATE {courses}.lab_sessions SET started_at = date_trunc('month', now(), 'UTC') - interval '9 hours',
    expires_at = least(now(), date_trunc('month', now(), 'UTC') + CAST(:after AS interval)) WHERE status = 'expired'
"""
_SPENT = """
UPDATE {courses}.lab_sessions SET status = 'completed', started_at = date_trunc('month', now(), 'UTC'),
    completed_at = date_trunc('month', now(), 'UTC') + :minutes * interval '1 minute' WHERE status = 'expired'
"""
