"""The soak's check of support: silent where each student is helped once, and loud where something is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import forget, transaction
from bellwork.tasks.providers.mail import choose
from bellwork.tasks.support import care, detection  # noqa: F401 - what the events of students send to
from bellwork.workers.testing import drain
from tests.soak import helped
from tests.soak.mailroom import Mailroom, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

WRONG = {
    "a second row": "INSERT INTO support.student_interventions (student_id, enrollment_id, course_id, risk_level,"
    " risk_reasons, status) SELECT student_id, enrollment_id, course_id, 'low', '{x}', 'dismissed'"
    " FROM support.student_interventions",
    "a flag that is gone": "UPDATE support.student_enrollments SET is_at_risk = false",
    "nobody's row": "UPDATE support.student_interventions SET assigned_trainer_id = NULL, assigned_at = NULL",
    "a trainer who was not told": "DELETE FROM support.notices",
    "an attempt that counts twice": "INSERT INTO support.quiz_attempts SELECT source_id || ' again', enrollment_id,"
    " passed, score, submitted_at FROM support.quiz_attempts",
    "a letter that never went": "UPDATE bellwork.letters SET state = 'expired', reason = 'x'",
    "a letter that went twice": "DELETE FROM bellwork.letters WHERE id = (SELECT min(id) FROM bellwork.letters)",
}


@pytest.fixture
def room(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    """A mail server of the soak's."""
    del database
    room = Mailroom()
    with opened(room) as port:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{port}?tls=none")
        forget()
        choose._to_server.cache_clear()
        yield room
    choose._to_server.cache_clear()


def test_the_check_sees_each_student_who_is_not_helped(room: Mailroom) -> None:
    """What was told of twice is one row, one trainer's; each thing that is changed behind its back is named."""
    with transaction() as conn:
        helped.lay_out(conn)
        for number in range(7):
            helped.fail(conn, f"order {number}")
    with transaction() as conn:
        assert helped.waiting(conn)
    drain()
    with transaction() as conn:
        assert ([], False) == (helped.broken(conn, room.delivered), helped.waiting(conn))
        for what, change in WRONG.items():
            with conn.begin_nested() as undone:
                conn.execute(text(change))
                assert helped.broken(conn, room.delivered), what
                undone.rollback()
