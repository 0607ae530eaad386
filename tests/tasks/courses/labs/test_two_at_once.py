"""A session that is ended while its lab begins is ended: whoever comes second waits, and sees what the first did."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses import labs as rows
from bellwork.db.engine import engine, transaction
from bellwork.db.sql import sql
from tests.helpers import eventually
from tests.tasks.courses.labs import room

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any
    from uuid import UUID

    from sqlalchemy import Connection

pytestmark = pytest.mark.usefixtures("database")
_LOCK = "SELECT FROM {courses}.lab_sessions WHERE id = :id FOR NO KEY UPDATE"
_WAITS = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def _while_it_is_ended(session: UUID, work: Callable[[Connection], Any]) -> Any:
    """Do something of a session that its learner is just ending; returns what that came to."""

    def second() -> Any:
        with transaction() as conn:
            return work(conn)

    with ThreadPoolExecutor(1) as pool:
        with engine().begin() as first:
            first.execute(sql(_LOCK), {"id": session})
            came = pool.submit(second)
            eventually(lambda: room.ask(_WAITS))
            assert rows.end(first, session)
        return came.result(30)


def test_a_session_that_is_ended_as_it_begins_is_asked_no_lab_for() -> None:
    """It stays failed, and no container is written down."""
    session = room.session(room.course())

    assert _while_it_is_ended(session, lambda conn: rows.begin(conn, session, "here")) is None
    assert ("failed", []) == (room.row(session).status, room.containers(session))


def test_a_session_that_is_ended_as_its_lab_is_there_does_not_run() -> None:
    """Neither waits for what the other has locked; its container is let go."""
    session = room.session(room.course())
    with transaction() as conn:
        begun = rows.begin(conn, session, "here")
    assert isinstance(begun, rows.Begun)

    assert _while_it_is_ended(session, lambda conn: rows.started(conn, session, begun.container_id)) is None
    assert ("failed", [(0, "releasing")]) == (room.row(session).status, room.containers(session))


def test_a_session_that_is_ended_as_its_reset_is_done_is_over() -> None:
    """The same for a container after the first."""
    session = room.running(room.course())
    with transaction() as conn:
        assert [] == rows.reset(conn, session, 1, "here")

    assert _while_it_is_ended(session, lambda conn: rows.reset_done(conn, rows.container_id(session, 1))) is None
    assert ("expired", [(1, "releasing")]) == (room.row(session).status, room.containers(session))
