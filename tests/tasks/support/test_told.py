"""Who is told of what, by a real mail server: once for each row and kind, once a spell, and never what is not so."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget, transaction
from bellwork.db.letters.links import letter_of, unsubscribe
from bellwork.tasks.providers.mail import choose
from bellwork.tasks.support.care import assign, sweep, write_to_silent_students
from bellwork.tasks.support.letters import tell_people, write_to_silent
from bellwork.tasks.support.letters.students import by_day
from bellwork.workers.testing import drain, run_inline
from tests.tasks.mail.conftest import running_office  # noqa: F401 - a fixture
from tests.tasks.support import office, school

if TYPE_CHECKING:
    from uuid import UUID

    from tests.tasks.mail.office import Office

_ACTIVE = """
INSERT INTO support.topic_completions (source_id, enrollment_id, completed_at)
SELECT 'new', id, now() FROM support.student_enrollments
"""


@pytest.fixture
def mailroom(running_office: Office, empty: str, monkeypatch: pytest.MonkeyPatch) -> Office:  # noqa: F811 - as above
    """A mail server that gets the letters of support."""
    del empty
    running_office.begin_anew()
    school.change("TRUNCATE bellwork.letters CASCADE")
    school.change("DELETE FROM bellwork.suppressed_addresses")
    monkeypatch.setenv("SMTP_URL", running_office.url)
    monkeypatch.setenv("MAIL_FROM", "School <mail@school.example>")
    monkeypatch.setenv("MAIL_URL", "https://school.example")
    monkeypatch.setenv("MAIL_KEY", "k" * 40)
    forget()
    choose._to_server.cache_clear()
    return running_office


def silent(days: float = 8, **student: object) -> UUID:
    """Enroll a student whose last topic lies so many days back; returns the enrollment."""
    [(now,)] = school.ask("SELECT now()")
    [person] = school.put("user_profiles", {"name": "Sam", "email": "sam@school.example", **student})
    [course] = school.put("courses", {"title": "Algebra"})
    row = {
        "user_id": person,
        "course_id": course,
        "enrolled_at": now - timedelta(days=60),
        "completion_percentage": 100,
    }
    [enrollment] = school.put("student_enrollments", row)
    done = {"source_id": f"t-{enrollment}", "enrollment_id": enrollment, "completed_at": now - timedelta(days=days)}
    school.put("topic_completions", done)
    return enrollment  # type: ignore[no-any-return]


def subjects(mailroom: Office) -> Counter[tuple[str, str]]:
    """Count the mails that came, by reader and subject."""
    return Counter((str(each["To"]), str(each["Subject"])) for each in mailroom.messages)


@pytest.mark.parametrize("rows", [1, 5, 6])
def test_a_trainer_hears_of_each_row_once_and_of_more_than_five_together(mailroom: Office, rows: int) -> None:
    """One letter each up to five, one for all from six; told again, or by eight at once, nothing more goes."""
    [course] = school.put("courses", {"title": "Algebra"})
    office.trainer(course)
    for _ in range(rows):
        office.intervention(course, notes="Detected: 4 of the last 10 quiz attempts failed")

    def tell(_: int) -> int:
        with transaction() as conn:
            return tell_people(conn)

    with ThreadPoolExecutor(8) as pool:
        run_inline(assign)
        posted = sum(pool.map(tell, range(8))) + len(office.letters())
    for _ in range(2):
        run_inline(sweep)
        drain()
    mails = subjects(mailroom)
    body = mailroom.messages[0].get_content()

    assert (1 if rows > 5 else rows) == posted == sum(mails.values())
    assert {
        ("tess@school.example", "Ada Moss needs help in Algebra" if rows <= 5 else "6 students need your help")
    } == set(mails)
    assert "4 of the last 10 quiz attempts failed" in body
    assert [(rows,)] == school.ask("SELECT count(*) FROM support.notices WHERE letter_key IS NOT NULL")


def test_an_owner_hears_of_an_escalation_and_not_of_what_somebody_ended_meanwhile(mailroom: Office) -> None:
    """Once; a row that is resolved before the letter goes is not spoken of any more."""
    [course] = school.put("courses", {"title": "Algebra", "owner_id": office.owner()})
    office.intervention(course, hours=80)
    _, over = office.intervention(course, hours=80)
    run_inline(sweep)
    school.change("SELECT support.resolve_intervention(:id, 'student_improved')", id=over)
    for _ in range(2):
        drain()
        run_inline(sweep)

    assert {("olga@school.example", "Escalated: Ada Moss in Algebra"): 1} == subjects(mailroom)
    assert ["sent", "superseded"] == sorted(each.state for each in office.letters("escalated"))
    assert "nobody has acted for 72 hours" in mailroom.messages[0].get_content()


def test_eight_looks_in_a_spell_send_one_mail_and_the_next_spell_another(mailroom: Office) -> None:
    """Days 7 to 14 are looked at again and again; active and silent again, the student is written to again, once."""
    enrollment = silent(7.1)
    for _ in range(8):
        run_inline(write_to_silent_students)
        drain()
    first = sum(subjects(mailroom).values())
    school.change("UPDATE support.topic_completions SET completed_at = completed_at + interval '1 minute'")
    for _ in range(8):
        run_inline(write_to_silent_students)
        drain()
    body = mailroom.messages[0].get_content()

    assert (1, {("sam@school.example", "Algebra waits for you"): 2}) == (first, subjects(mailroom))
    assert 2 == len(school.ask("SELECT FROM support.inactivity_spells WHERE enrollment_id = :id", id=enrollment))
    for word in ("risk", "level", "medium", "high", "inactive", "quiz"):
        assert word not in body.lower()


@pytest.mark.parametrize(("days", "mails"), [(6.99, 0), (7.01, 1), (13.99, 1), (14.01, 0)])
def test_a_spell_is_spoken_of_in_its_second_week_alone(mailroom: Office, days: float, mails: int) -> None:
    """Not before, and not where it began long before anybody looked."""
    silent(days)
    run_inline(write_to_silent_students)
    drain()

    assert mails == len(mailroom.messages)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (_ACTIVE, "superseded"),
        ("UPDATE support.student_enrollments SET status = 'completed'", "superseded"),
        ("UPDATE support.student_enrollments SET paused_from = now()", "superseded"),
        ("UPDATE support.courses SET excluded = true", "superseded"),
        ("UPDATE support.user_profiles SET email = NULL", "suppressed"),
    ],
)
def test_m5_what_has_changed_until_a_letter_goes_is_heeded(mailroom: Office, change: str, state: str) -> None:
    """Active again, done, paused, excluded, without an address: no mail, and the reason is kept."""
    silent()
    with transaction() as conn:
        assert 1 == write_to_silent(conn)
    school.change(change)
    drain()
    [letter] = office.letters("inactive")

    assert (state, 0) == (letter.state, len(mailroom.messages))
    assert letter.reason


def test_m5_who_opted_out_by_the_link_is_not_written_to_in_the_next_spell(mailroom: Office) -> None:
    """The link of the first letter ends all others like it, for that address."""
    silent()
    run_inline(write_to_silent_students)
    drain()
    [message] = mailroom.messages
    letter = letter_of(message["List-Unsubscribe"].partition("<")[2].partition(">")[0].rpartition("/")[2])
    with transaction() as conn:
        assert letter
        assert unsubscribe(conn, letter)
    school.change("UPDATE support.topic_completions SET completed_at = completed_at + interval '1 minute'")
    run_inline(write_to_silent_students)
    drain()

    assert (1, ["sent", "suppressed"]) == (len(mailroom.messages), [each.state for each in office.letters("inactive")])


#: A moment, a zone, and when a letter may go. In New York clocks go forward on 14 March 2027.
MORNINGS = [
    ("2026-11-30 12:00", "UTC", "2026-11-30 12:00"),
    ("2026-11-30 07:59", "UTC", "2026-11-30 08:00"),
    ("2026-11-30 20:00", "UTC", "2026-12-01 08:00"),
    ("2026-11-30 03:00", None, "2026-11-30 03:00"),
    ("2026-11-30 03:00", "Mars/Olympus", "2026-11-30 03:00"),
    ("2027-03-14 04:00", "America/New_York", "2027-03-14 12:00"),
    ("2027-03-13 04:00", "America/New_York", "2027-03-13 13:00"),
]


@pytest.mark.parametrize(("now", "zone", "until"), MORNINGS)
def test_letters_to_students_wait_for_their_morning(now: str, zone: str | None, until: str) -> None:
    """Between eight in the evening and eight in the morning of their zone, by its clock; without a zone at once."""
    moment, wanted = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (now, until))

    assert wanted == by_day(moment, zone)
