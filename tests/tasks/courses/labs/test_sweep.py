"""Once a minute: what is over expires, what is late fails, who soon loses his lab is told, and no orphan stays."""

from __future__ import annotations

import os
import signal
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bellwork.db.courses import labs as rows
from bellwork.db.engine import transaction
from bellwork.db.settings import settings
from bellwork.tasks.courses.labs import idle
from bellwork.tasks.courses.labs.provision import make, provision_lab
from bellwork.tasks.courses.labs.sessions import extend_lab
from bellwork.tasks.courses.labs.sweep import expire_labs, tidy_labs
from bellwork.tasks.providers import LabOrder
from bellwork.tasks.providers.labs.bubblewrap.container import Container
from bellwork.workers.testing import run_inline
from tests.helpers import eventually
from tests.tasks.courses.labs import room

if TYPE_CHECKING:
    from uuid import UUID

    from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap


def started(tier: str = "premium") -> UUID:
    """Have a session run in its lab."""
    session = room.session(room.course(tier))
    run_inline(provision_lab, lab_session_id=session)
    assert "running" == room.row(session).status
    return session


def sweep() -> None:
    """Sweep once, and let the hosts do what follows."""
    run_inline(expire_labs)
    room.drain()


def test_a_lab_whose_time_is_over_expires_and_is_gone(host: Bubblewrap) -> None:
    """Running or paused; the status first, the container after it."""
    session = started()
    room.change("UPDATE {courses}.lab_sessions SET status = 'paused', expires_at = now()")
    run_inline(expire_labs)
    assert ("expired", [(0, "releasing")]) == (room.row(session).status, room.containers(session))
    assert host.held()
    room.drain()
    assert [(0, "gone")] == room.containers(session)
    assert not host.held()


def test_sessions_that_are_over_are_never_touched(database: str) -> None:
    """Of every final status, older than everything: a sweep leaves each row as it is, to the byte."""
    del database
    seeded = room.course()
    for status in ("completed", "expired", "failed"):
        room.session(seeded, status=status)
    room.change(
        "UPDATE {courses}.lab_sessions SET expires_at = now() - interval '3 hours', updated_at = now() - interval '3 h'"
    )
    before = room.ask("SELECT * FROM {courses}.lab_sessions ORDER BY id")
    for _ in range(2):
        run_inline(expire_labs)
    assert before == room.ask("SELECT * FROM {courses}.lab_sessions ORDER BY id")
    assert [] == room.told()


@pytest.mark.parametrize(("status", "minutes", "fails"), [
    ("pending", 4, False), ("pending", 6, True), ("provisioning", 4, False), ("provisioning", 6, True),
])  # fmt: skip
def test_what_does_not_run_within_five_minutes_fails_and_is_told(
    database: str, status: str, minutes: int, fails: bool
) -> None:
    """Once, and whatever was asked for is let go."""
    del database
    session = room.session(room.course(), status=status)
    room.change(
        "UPDATE {courses}.lab_sessions SET updated_at = now() - :minutes * interval '1 minute'", minutes=minutes
    )
    for _ in range(2):
        run_inline(expire_labs)
    assert ("failed" if fails else status) == room.row(session).status
    assert int(fails) == len(room.told("courses.lab_failed"))


def test_a_learner_is_warned_once_for_each_end(database: str) -> None:
    """From five minutes before it; an extension is another end."""
    del database
    session = room.running(room.course(), left="6 minutes")
    run_inline(expire_labs)
    assert [] == room.told()
    room.change("UPDATE {courses}.lab_sessions SET expires_at = now() + interval '4 minutes'")
    for _ in range(3):
        run_inline(expire_labs)
    assert 1 == len(room.told("courses.lab_ends"))
    run_inline(extend_lab, lab_session_id=session)
    run_inline(expire_labs)
    assert 1 == len(room.told("courses.lab_ends"))
    room.change("UPDATE {courses}.lab_sessions SET expires_at = expires_at - interval '30 minutes 1 second'")
    run_inline(expire_labs)
    assert 2 == len(room.told("courses.lab_ends"))


def test_a_container_without_a_row_is_gone_after_one_sweep(host: Bubblewrap) -> None:
    """Also one that was made when its session was long over; those that live stay."""
    session = started()
    over = room.session(room.course(), status="expired")
    room.change(
        "INSERT INTO {courses}.lab_containers (lab_session_id, reset_no, container_id, host, state)"
        " VALUES (:id, 0, 'lab-over-0', 'here', 'gone')",
        id=over,
    )
    for name in (f"lab-{uuid4()}-0", "lab-over-0"):
        host.create(LabOrder(name))
    sweep()
    assert [f"lab-{session}-0"] == [each.id for each in host.held()]


def test_a_lab_that_nobody_knows_was_made_is_gone_after_one_sweep(host: Bubblewrap) -> None:
    """Whoever asked for it was killed before he heard, and his job is gone, too: its row was there before it."""
    session = room.session(room.course())
    with transaction() as conn:
        begun = rows.begin(conn, session, "here")
    assert isinstance(begun, rows.Begun)
    make(session, begun.container_id, with_home=True)
    sweep()
    assert ("provisioning", 1) == (room.row(session).status, len(host.held()))
    room.change("UPDATE {courses}.lab_sessions SET updated_at = now() - interval '6 minutes'")
    sweep()
    assert ("failed", [(0, "gone")]) == (room.row(session).status, room.containers(session))
    assert not host.held()


def test_a_session_whose_container_is_dead_fails_and_is_told(host: Bubblewrap) -> None:
    """Its learner ends no lab of another: only that session fails."""
    session, other = started(), started()
    first = Container(host._place.lab(f"lab-{session}-0")).first()
    assert first
    os.kill(first.pid, signal.SIGKILL)
    eventually(lambda: not host.is_running(f"lab-{session}-0"))
    sweep()
    assert ("failed", "running") == (room.row(session).status, room.row(other).status)
    assert [(0, "gone")] == room.containers(session)
    assert ["Your lab ended by itself. Start it again."] == room.told()
    assert [f"lab-{other}-0"] == [each.id for each in host.held()]


def test_a_lab_for_one_program_is_an_orphan_after_two_minutes(
    host: Bubblewrap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before that somebody may be waiting for its end."""
    host.create(LabOrder("run-1"))
    run_inline(tidy_labs, host="here")
    assert ["run-1"] == [each.id for each in host.held()]
    monkeypatch.setitem(tidy_labs.fn.__globals__, "PASSING", 0.0)
    run_inline(tidy_labs, host="here")
    assert [] == host.held()


def test_what_is_no_lab_holds_no_sweep_up(host: Bubblewrap) -> None:
    """A file system's own folder among those of labs stays where it is."""
    (host._place.labs / "lost+found").mkdir()
    host.create(LabOrder("lab-nobodys-0"))
    assert "done" == run_inline(tidy_labs, host="here")["state"]
    assert [] == host.held()


def test_another_hosts_job_is_left_alone(host: Bubblewrap) -> None:
    """A job that came here by mistake looks at nothing."""
    host.create(LabOrder("lab-nobodys-0"))
    run_inline(tidy_labs, host="far-away")
    assert ["lab-nobodys-0"] == [each.id for each in host.held()]


def test_what_is_due_is_swept_in_portions(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full sweep sends for the next one."""
    del database
    monkeypatch.setitem(expire_labs.fn.__globals__, "AT_ONCE", 2)
    for _ in range(5):
        room.running(room.course(), left="-1 second")
    run_inline(expire_labs)
    assert 2 == len(room.ask("SELECT FROM {courses}.lab_sessions WHERE status = 'expired'"))
    room.drain()
    assert 5 == len(room.ask("SELECT FROM {courses}.lab_sessions WHERE status = 'expired'"))


@pytest.fixture
def idle_limit(host: Bubblewrap, monkeypatch: pytest.MonkeyPatch) -> Bubblewrap:
    """Labs are ended after fifteen minutes without a byte."""
    monkeypatch.setenv("LABS_IDLE", "900")
    settings.cache_clear()
    return host


def rest(host: Bubblewrap, session: UUID, minutes: float) -> None:
    """Let nobody have typed or asked for anything for so long."""
    [container] = room.ask("SELECT container_id FROM {courses}.lab_sessions WHERE id = :id", id=session)
    at = time.time() - 60 * minutes
    os.utime(Container(host._place.lab(container.container_id)).folder / "order", (at, at))
    room.change("UPDATE {courses}.lab_sessions SET updated_at = updated_at - :n * interval '1 minute'", n=minutes)


def test_a_lab_into_which_nobody_types_is_warned_of_and_then_ended(idle_limit: Bubblewrap) -> None:
    """Warned once, five minutes before; ended with the reason, and gone; never without a warning before it."""
    session = started()
    rest(idle_limit, session, 9)
    sweep()
    assert [] == room.told()
    rest(idle_limit, session, 60)
    for _ in range(2):
        sweep()
    assert "running" == room.row(session).status
    assert ["Your lab A lab ends in five minutes, unless you type into it."] == room.told("courses.lab_idle")
    room.change("UPDATE bellwork.notices SET created_at = created_at - interval '5 minutes'")
    sweep()
    assert ("expired", [(0, "gone")]) == (room.row(session).status, room.containers(session))
    assert ["Your lab A lab was ended: nothing was typed for 15 minutes."] == room.told("courses.lab_ended")
    assert not idle_limit.held()


@pytest.mark.parametrize("by", ["typing", "asking"])
def test_whoever_types_or_asks_for_something_keeps_his_lab(idle_limit: Bubblewrap, by: str) -> None:
    """Also after the warning; the next time that he rests he is warned anew."""
    session = started()
    rest(idle_limit, session, 60)
    sweep()
    room.change("UPDATE bellwork.notices SET created_at = created_at - interval '5 minutes'")
    if by == "typing":
        idle_limit.note_typed(room.row(session).container_id)
    else:
        run_inline(extend_lab, lab_session_id=session)
    sweep()
    assert "running" == room.row(session).status
    rest(idle_limit, session, 50)
    sweep()
    assert "running" == room.row(session).status
    assert 2 == len(room.told("courses.lab_idle"))


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_host_whose_clock_is_wrong_ends_no_lab_that_is_typed_into(
    idle_limit: Bubblewrap, monkeypatch: pytest.MonkeyPatch, hours: float
) -> None:
    """Two hours behind PostgreSQL's clock or before it: how long he rests is measured by one clock."""
    session = started()
    rest(idle_limit, session, 60)
    now = time.time() + hours * 3600
    monkeypatch.setattr(idle, "time", SimpleNamespace(time=lambda: now + 60))
    [container] = room.ask("SELECT container_id FROM {courses}.lab_sessions WHERE id = :id", id=session)
    os.utime(Container(idle_limit._place.lab(container.container_id)).folder / "order", (now, now))
    sweep()
    assert ("running", []) == (room.row(session).status, room.told())
    monkeypatch.setattr(idle, "time", SimpleNamespace(time=lambda: now + 3600))
    for _ in range(2):
        sweep()
    assert 1 == len(room.told("courses.lab_idle"))


def test_unless_it_is_set_no_lab_is_ended_for_that(host: Bubblewrap) -> None:
    """Not after hours."""
    session = started()
    rest(host, session, 300)
    room.change("UPDATE {courses}.lab_sessions SET expires_at = now() + interval '1 hour'")
    sweep()
    assert ("running", []) == (room.row(session).status, room.told())
