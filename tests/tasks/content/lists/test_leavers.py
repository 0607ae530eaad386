"""Who leaves by a list: only with consent, never above a tenth of a school within a day, and back again if undone."""

from __future__ import annotations

import pytest

from bellwork.db.content.lists.look import undo
from bellwork.db.engine import DatabaseError, transaction
from bellwork.workers.testing import drain
from tests.tasks.content.lists.dialects import table
from tests.tasks.content.lists.office import ask, change, enter, errors, people, stands, take_in

pytestmark = pytest.mark.usefixtures("school")

HEADER = ["sourcedId", "status", "enabledUser", "givenName", "familyName", "email", "role", "grades"]


@pytest.fixture
def crowd(school: object) -> None:
    """Forty students in a class, of whom with the two users before four may leave."""
    del school
    change("""INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
        SELECT 'user_' || n, 'p' || n || '@example.org', 'x', 'P', 'N', 'student', 'school_hillsboro_hs', 9
        FROM generate_series(1, 40) n""")
    change("INSERT INTO {content}.class_students (class_id, student_id)"
           " SELECT 'class_1', 'user_' || n FROM generate_series(1, 40) n")  # fmt: skip


def leaving(*numbers: int, status: str = "tobedeleted", enabled: str = "true") -> str:
    """Write a list in which these people leave."""
    rows = [[f"u{n}", status, enabled, "P", "N", f"p{n}@example.org", "student", "09"] for n in numbers]
    return table(HEADER, rows)


def away() -> list[str]:
    """Return whose account is switched off and who has no place in a class, which is one and the same."""
    off = ask("SELECT id FROM {content}.users WHERE NOT is_active ORDER BY id")
    dropped = ask(
        "SELECT student_id AS id FROM {content}.class_students WHERE dropped_at IS NOT NULL ORDER BY student_id"
    )
    assert off == dropped
    return [row["id"] for row in off]


@pytest.mark.usefixtures("crowd")
def test_without_consent_nobody_leaves() -> None:
    """Each row says so; another system would delete "without any prompting"."""
    report = take_in(leaving(1, 2))

    assert {2, 3} == set(errors(report))
    assert "the row says that this person leaves, and the upload does not consent to that" == errors(report)[2]
    assert [] == away()


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(
    ("status", "enabled"), [("tobedeleted", "true"), ("deleted", "true"), ("suspended", "true"), ("active", "false")]
)
def test_with_consent_the_account_is_switched_off_and_places_end(status: str, enabled: str) -> None:
    """No row is deleted; who is unknown, or left before, is done already."""
    report = take_in(leaving(1, 2, 99, status=status, enabled=enabled), leavers=True)
    again = take_in(leaving(1, status=status, enabled=enabled), leavers=True)

    assert (["user_1", "user_2"], 2, 0) == (away(), report["left_count"], again["left_count"])
    assert [] == report["error_log"] + again["error_log"] + people()


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("atomic", [False, True])
@pytest.mark.parametrize(("count", "may"), [(4, True), (5, False)])
def test_a_tenth_may_leave_and_not_one_more(count: int, may: bool, atomic: bool, dry_run: bool) -> None:
    """Of 42 accounts 4; at 5 nobody does, and each row says why."""
    report = take_in(leaving(*range(1, count + 1)), leavers=True, atomic=atomic, dry_run=dry_run)

    assert (count if may and not dry_run else 0) == len(away())
    assert (count if may else 0) == report["left_count"]
    assert may or "5 of the school's 42 accounts would leave; a list may take one in 10" == errors(report)[2]


@pytest.mark.usefixtures("crowd")
def test_two_lists_of_a_day_count_together() -> None:
    """Three leave, and then only one more may."""
    take_in(leaving(1, 2, 3), leavers=True)
    second = take_in(leaving(4, 5), leavers=True)
    third = take_in(leaving(6), leavers=True)
    change("UPDATE {content}.list_changes SET at = at - interval '25 hours'")
    fourth = take_in(leaving(7, 8), leavers=True)

    assert [2, 0, 0] == [len(report["error_log"]) for report in (second, third, fourth)]
    assert "2 of the school's 42 accounts would leave, after 3 within 24 hours; one in 10 may" == errors(second)[2]


@pytest.mark.usefixtures("crowd")
def test_who_runs_the_school_or_belongs_to_another_does_not_leave_by_a_list() -> None:
    """A list touches students and teachers of its school alone."""
    rows = [["h", "deleted", "true", "H", "H", "head@example.org", "teacher", ""]]
    rows += [["e", "deleted", "true", "E", "W", "elsewhere@example.org", "student", "9"]]
    report = take_in(table(HEADER, rows), leavers=True)

    assert {2, 3} == set(errors(report))
    assert [] == away()


@pytest.mark.usefixtures("crowd")
def test_what_a_list_brought_can_be_undone_for_a_day() -> None:
    """New users who have not begun go; places, returns and leavers are as before; who logged in stays."""
    change("UPDATE {content}.class_students SET dropped_at = now() - interval '1 day' WHERE student_id = 'user_7'")
    change("UPDATE {content}.users SET is_active = true")
    rows = [
        ["u1", "tobedeleted", "true", "P", "N", "p1@example.org", "student", "09"],
        ["u7", "active", "true", "P", "N", "p7@example.org", "student", "09"],
        ["u41", "active", "true", "Ada", "New", "ada@example.org", "student", "09"],
        ["u42", "active", "true", "Bob", "Began", "bob@example.org", "student", "09"],
    ]
    before = ask("SELECT class_id, student_id, dropped_at FROM {content}.class_students ORDER BY 1, 2")
    report = take_in(table(HEADER, rows), leavers=True, class_id="class_1")
    change("UPDATE {content}.users SET last_login_at = now() WHERE email = 'bob@example.org'")
    with transaction() as conn:
        asked = [undo(conn, report["id"]) for _ in range(2)]
    drain("lists")
    after = ask("SELECT class_id, student_id, dropped_at FROM {content}.class_students WHERE student_id NOT IN"
                " (SELECT id FROM {content}.users WHERE email LIKE 'bob%') ORDER BY 1, 2")  # fmt: skip
    letters = ask("SELECT l.state, u.email FROM bellwork.letters l LEFT JOIN {content}.users u ON u.id = l.person"
                  " ORDER BY u.email")  # fmt: skip

    assert ([True, False], 1) == (asked, stands(report["id"])["undone_count"])
    assert ["bob@example.org"] == [each["email"] for each in people()]
    assert [{"is_active": True}] == ask("SELECT is_active FROM {content}.users WHERE id = 'user_1'")
    assert [(each["class_id"], each["student_id"], each["dropped_at"] is None) for each in before] == [
        (each["class_id"], each["student_id"], each["dropped_at"] is None) for each in after
    ]
    assert [{"state": "pending", "email": "bob@example.org"}, {"state": "superseded", "email": None}] == letters


@pytest.mark.usefixtures("crowd")
def test_after_a_day_nothing_is_undone() -> None:
    """Nor while it is read, nor of a dry run, nor of an upload that nobody knows."""
    late, dry = take_in(leaving(1), leavers=True), take_in(leaving(2), leavers=True, dry_run=True)
    change(
        "UPDATE {content}.bulk_upload_jobs SET completed_at = now() - interval '24 hours' WHERE id = :id", id=late["id"]
    )
    for upload, said in ((late["id"], "it can be undone for 24 hours"), (enter(leaving(3)), "cancel it first")):
        with pytest.raises(DatabaseError, match=said), transaction() as conn:
            undo(conn, upload)
    with pytest.raises(DatabaseError, match="there is no upload 'none'"), transaction() as conn:
        undo(conn, "none")
    with transaction() as conn:
        assert not undo(conn, dry["id"])
    assert ["user_1"] == away()
