"""The letter of a nudge: its words, and what is looked at again right before it goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.companion.seed import morning
from bellwork.db.engine import forget, transaction
from bellwork.db.letters.links import letter_of, unsubscribe
from bellwork.db.sql import sql
from bellwork.tasks.companion.nudges.achieved import congratulate
from bellwork.tasks.companion.nudges.login import note_login
from bellwork.tasks.mail.heed import heed_unsubscribed
from bellwork.workers.testing import drain, run_inline
from tests.db.companion.school import DAY, School
from tests.tasks.mail.conftest import running_office  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from uuid import UUID

    from tests.tasks.mail.office import Office

_LETTERS = "SELECT state, reason FROM bellwork.letters ORDER BY id"
_WISHES = """
UPDATE {companion}.users SET profile = jsonb_build_object('theme', 'dark', 'preferences', CAST(:wishes AS jsonb))
WHERE id = :id
"""


@pytest.fixture
def office(running_office: Office, database: str, monkeypatch: pytest.MonkeyPatch) -> Office:  # noqa: F811 - as above
    """A mail server, and a database whose letters go there."""
    del database
    running_office.begin_anew()
    monkeypatch.setenv("SMTP_URL", running_office.url)
    monkeypatch.setenv("MAIL_FROM", "Companion <mail@school.example>")
    monkeypatch.setenv("BELLWORK_SYSTEMS", "companion")
    monkeypatch.setenv("MAIL_URL", "https://school.example")
    monkeypatch.setenv("MAIL_KEY", "k" * 40)
    forget()
    return running_office


def nudged(**wishes: Any) -> UUID:
    """Let an inactive learner have been nudged early today, as if no hour were too late for his letter."""
    with transaction() as conn:
        learner = School(conn).user(signed_up=datetime.now(UTC) - 30 * DAY, time_zone=morning(), **wishes)
    run_inline(note_login, user_id=learner)
    return learner


def letters() -> list[tuple[str, str | None]]:
    """Return what became of all letters, and why."""
    with transaction() as conn:
        return [tuple(row) for row in conn.execute(text(_LETTERS))]


def change(statement: str, **asked: Any) -> None:
    """Change a row and commit."""
    with transaction() as conn:
        conn.execute(sql(statement), asked)


def test_a_nudge_goes_by_mail_with_its_suggestions(office: Office) -> None:
    """As text and as HTML, with a link that ends them; whoever uses it gets no nudge, in the app neither."""
    learner = nudged()
    for _ in range(2):
        drain()
    [message] = office.messages
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None

    assert [("sent", None)] == letters()
    assert "Your next session" == message["Subject"]
    for body in (plain.get_content(), html.get_content()):
        assert "You have not had a session yet." in body
        assert "Book a session" in body
    assert "One-Click" in message["List-Unsubscribe-Post"]
    link = message["List-Unsubscribe"].partition("<")[2].partition(">")[0]
    assert link in plain.get_content()
    assert (letter := letter_of(link.rpartition("/")[2]))
    with transaction() as conn:
        assert unsubscribe(conn, letter)
    drain()
    change("DELETE FROM {companion}.nudge_keys WHERE user_id = :id", id=learner)
    run_inline(note_login, user_id=learner)
    with transaction() as conn:
        school = School.__new__(School)
        school.conn = conn
        assert "opted_out" in {reason for _, reason, _ in school.suppressed(learner)}
    assert 1 == len(letters())


@pytest.mark.parametrize(
    ("wishes", "state", "reason", "held"),
    [
        ({"nudges": False}, "suppressed", "its learner opted out of nudges", ["opted_out"]),
        ({"nudge_frequency_cap": 0}, "suppressed", "its learner has had as many nudges today", ["cap"]),
        ({"quiet_hours": "00:00-23:59"}, "pending", "its learner's quiet hours", []),
    ],
)
def test_m5_wishes_are_looked_at_when_it_goes(
    office: Office, wishes: dict[str, Any], state: str, reason: str, held: list[str]
) -> None:
    """What a learner wishes between the nudge and its letter counts, and is recorded."""
    learner = nudged()
    change(_WISHES, id=learner, wishes=json.dumps(wishes))
    drain()
    [(found, why)] = letters()
    with transaction() as conn:
        school = School.__new__(School)
        school.conn = conn
        recorded = [row[1] for row in school.suppressed(learner)]

    assert ([], state, held) == (office.letters, found, recorded)
    assert str(why).startswith(reason)


def test_m5_a_learner_who_is_gone_gets_nothing(office: Office) -> None:
    """Erased with all his rows."""
    learner = nudged()
    change("DELETE FROM {companion}.users WHERE id = :id", id=learner)
    drain()

    assert ([], [("suppressed", "the nudge or its learner is gone")]) == (office.letters, letters())


def test_a_goal_that_is_reached_calls_off_the_letter(office: Office) -> None:
    """Its congratulation does; else the check before the letter finds the goal, or three sessions."""
    told, found, busy = nudged(), nudged(), nudged()
    with transaction() as conn:
        school = School(conn)
        for learner in (told, found):
            school.goal(learner, datetime.now(UTC) + timedelta(seconds=1))
        for number in range(3):
            school.session(busy, datetime.now(UTC) - number * DAY)
    run_inline(congratulate, student_id=told)
    drain()

    why = "its learner reached a goal or had sessions since"
    assert [("superseded", "its learner reached a goal"), *[("superseded", why)] * 2] == letters()
    assert [] == office.letters


def test_opting_out_by_link_keeps_the_rest_of_the_profile(office: Office) -> None:
    """Whatever the profile was."""
    del office
    learner, odd = nudged(quiet_hours="21:00-07:00"), nudged()
    change("UPDATE {companion}.users SET profile = '[]' WHERE id = :id", id=odd)
    with transaction() as conn:
        ids = conn.execute(text("SELECT id FROM bellwork.letters ORDER BY id")).scalars().all()
    for letter in ids:
        run_inline(heed_unsubscribed, letter_id=letter)
    with transaction() as conn:
        rows = conn.execute(sql("SELECT id, profile FROM {companion}.users WHERE role = 'student'")).all()
    found: dict[UUID, Any] = {row[0]: row[1] for row in rows}

    assert {"nudges": False, "quiet_hours": "21:00-07:00", "time_zone": morning()} == found[learner]["preferences"]
    assert {"preferences": {"nudges": False}} == found[odd]
