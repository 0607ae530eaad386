"""A list as a whole: partial or all or nothing, dry or for good, cancelled, handed in and not yet read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.lists import apply
from bellwork.db.content.lists import report as reports
from bellwork.db.content.lists.look import cancel
from bellwork.db.engine import DatabaseError, transaction
from bellwork.tasks.content.lists import take, write
from bellwork.tasks.content.lists.read import read_class_list
from bellwork.tasks.providers import storage
from bellwork.workers.testing import drain, enqueued
from tests.tasks.content.lists.dialects import pupils, table
from tests.tasks.content.lists.office import ask, change, enter, errors, people, stands, take_in
from tests.tasks.content.lists.test_rows import SEVEN

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("school")

HEADER = ["first", "last", "email", "role", "grade"]
#: What an upload says of itself that differs between one that is dry and one that is not.
_OWN = {"id", "dry_run", "created_at", "started_at", "completed_at", "written_rows"}


def listed(count: int, **column: str) -> str:
    """Write a list of so many people, whose columns may all be one thing."""
    rows = [[p.first, p.last, p.email, p.role, str(p.grade or ""), *column.values()] for p in pupils(count)]
    return table([*HEADER, *column], rows)


def test_all_or_nothing_writes_nothing_where_a_row_is_refused() -> None:
    """Neither users nor places nor letters: a peer's "atomic" had a commit for each row, and rolled back nothing."""
    before = ask("SELECT count(*) FROM {content}.users"), ask("SELECT count(*) FROM {content}.class_students")
    report = take_in(SEVEN, atomic=True)

    assert ("failed", 9, 0, 7) == tuple(
        report[name] for name in ("status", "total_rows", "successful_count", "failed_count")
    )
    assert "7 of 9 rows are refused, and the upload is all or nothing: nothing was written" == report["reason"]
    assert {3, 4, 5, 6, 7, 8, 9} == set(errors(report))
    assert before == (ask("SELECT count(*) FROM {content}.users"), ask("SELECT count(*) FROM {content}.class_students"))
    assert [] == ask("SELECT key FROM bellwork.letters") + ask("SELECT * FROM {content}.listed_people")


def test_all_or_nothing_writes_all_where_none_is() -> None:
    """In the commit that ends the upload."""
    report = take_in(listed(60), atomic=True, class_id="class_1")

    assert ("completed", 60, 60, 58) == tuple(
        report[name] for name in ("status", "successful_count", "created_count", "place_count")
    )
    assert 60 == len(people())


@pytest.mark.parametrize("content", [SEVEN, listed(60), "no,header\n"], ids=["seven faults", "none", "no header"])
@pytest.mark.parametrize("atomic", [False, True])
def test_a_dry_run_reports_what_would_be_and_writes_nothing(content: str, atomic: bool) -> None:
    """The same report, to the letter."""
    dry = take_in(content, dry_run=True, atomic=atomic, class_id="class_1")
    assert [] == people()
    real = take_in(content, atomic=atomic, class_id="class_1")

    assert {name: dry[name] for name in dry.keys() - _OWN} == {name: real[name] for name in real.keys() - _OWN}


def test_the_first_valid_row_of_an_address_counts() -> None:
    """Not the first that stands there."""
    rows = [["A", "", "x@example.org", "student", "9"], ["B", "B", "X@example.org ", "student", "8"]]
    rows += [["C", "C", "x@Example.org", "student", "9"], ["D", "D", "x@example.org", "student", "10"]]
    report = take_in(table(HEADER, rows))

    assert {2: "there is no last name", 3: "a student's grade is one of 9 to 12", 5: "row 4 has the same address"} == (
        errors(report)
    )
    assert ["C"] == [each["first_name"] for each in people()]


def test_a_known_user_of_the_school_gets_the_place_and_keeps_the_rest() -> None:
    """However the address is written there; who is switched off, of another school or role, or runs it does not."""
    change("UPDATE {content}.users SET email = 'Student@Example.org' WHERE id = 'user_student'")
    change("""INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level,
        is_active) VALUES ('user_off', 'off@example.org', 'x', 'O', 'F', 'student', 'school_hillsboro_hs', 9, false)""")
    rows = [
        ["New", "Name", "student@example.org", "student", "12"],
        ["T", "R", "teacher@example.org", "student", "9"],
        ["H", "H", "head@example.org", "teacher", ""],
        ["O", "F", "off@example.org", "student", "9"],
        ["E", "W", "elsewhere@example.org", "student", "9"],
    ]
    report = take_in(table(HEADER, rows), class_id="class_2")
    [student] = ask("SELECT first_name, grade_level, password_hash FROM {content}.users WHERE id = 'user_student'")

    assert (1, 0, 1) == tuple(report[name] for name in ("known_count", "created_count", "place_count"))
    assert {"first_name": "Sam", "grade_level": 10, "password_hash": "!"} == student
    assert [{"class_id": "class_1"}, {"class_id": "class_2"}] == ask(
        "SELECT class_id FROM {content}.class_students WHERE student_id = 'user_student' ORDER BY 1"
    )
    assert {
        3: "the address belongs to a teacher's account",
        4: "the address belongs to an account with more rights than a list may touch",
        5: "the address belongs to an account that is switched off; an administrator can switch it on",
        6: "the address belongs to an account of another school",
    } == errors(report)
    assert [] == ask("SELECT * FROM {content}.invitations")


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("History 9B", None),
        ("class_2", None),
        ("c-9b", None),
        ("history 9b", None),
        ("Latin", "the school has no class 'Latin'"),
        ("Twice", "the school has 2 classes that are called 'Twice'"),
    ],
)
def test_a_class_is_found_by_its_name_or_by_what_another_system_calls_it(named: str, said: str | None) -> None:
    """Only in the school itself, and only where it is one."""
    change("""INSERT INTO {content}.classes (id, name, teacher_id, school_id) VALUES
        ('class_3', 'Twice', 'user_teacher', 'school_hillsboro_hs'),
        ('class_4', 'twice', 'user_teacher', 'school_hillsboro_hs'),
        ('class_5', 'Latin', 'user_teacher', 'school_other')""")
    report = take_in(table([*HEADER, "class"], [["A", "B", "a@example.org", "student", "9", named]]))

    assert ({} if said is None else {2: said}) == errors(report)
    assert ([] if said else [["class_2"]]) == [each["classes"] for each in people()]


def test_handing_in_reads_nothing() -> None:
    """The upload and its job are rows of the caller's transaction; a peer imported inside of the web request."""
    upload = enter(listed(5))
    waiting = enqueued("content.read_class_list")

    assert ("queued", 0, []) == (stands(upload)["status"], stands(upload)["processed_rows"], people())
    assert [{"job_id": upload}] == [job["args"] for job in waiting]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"uploaded_by": "user_student"}, "may hand in no list of the school"),
        ({"uploaded_by": "user_elsewhere"}, "may hand in no list of the school"),
        ({"uploaded_by": "nobody"}, "may hand in no list of the school"),
        ({"school_id": "org_mnps"}, "there is no school 'org_mnps'"),
        ({"role": "school_admin"}, "a list makes students and teachers, nobody else"),
        ({"grade_level": 13}, "students are in the grades 9 to 12"),
        ({"class_id": "class_9"}, "has no class 'class_9'"),
        ({"file_path": "x" * 501}, "file_path names no file"),
    ],
)
def test_what_may_not_be_handed_in_is_refused_with_its_reason(asked: dict[str, str], said: str) -> None:
    """By the function, for callers of any language; no row and no job is left."""
    with pytest.raises(DatabaseError, match=said):
        enter(listed(1), **asked)

    assert [{"count": 1}] == ask("SELECT count(*) FROM {content}.bulk_upload_jobs")


def test_a_row_that_an_api_layer_inserted_itself_is_read_with_the_defaults() -> None:
    """bulk_upload_jobs is the platform's own table, and a job for it is enough; one for no row is dead at once."""
    url = storage().put("uploads/own.csv", listed(3).encode())
    change(
        "INSERT INTO {content}.bulk_upload_jobs (id, uploaded_by, school_id, file_path)"
        " VALUES ('own', 'user_head', 'school_hillsboro_hs', :url)",
        url=url,
    )
    read_class_list.send(job_id="own")
    read_class_list.send(job_id="none")
    drain("lists")

    assert ("completed", 3) == (stands("own")["status"], stands("own")["created_count"])
    assert [{"state": "dead"}] == ask(
        "SELECT state FROM bellwork.finished_jobs WHERE reason LIKE 'there is no upload ''none''%'"
    )


def test_more_errors_than_a_row_should_hold_lie_in_the_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, as CSV; the row keeps the first."""
    monkeypatch.setattr(reports, "LOGGED", 3)
    rows = [["A", "B", f"bad{number}", "student", "9"] for number in range(8)]
    report = take_in(table(HEADER, rows))
    lines = storage().get(report["errors_path"]).decode().splitlines()

    assert ([2, 3, 4], 8) == (list(errors(report)), report["failed_count"])
    assert ("row,error", 9) == (lines[0], len(lines))
    assert lines[8].startswith("9,")


def test_a_dry_run_stores_as_many_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its report is the same."""
    monkeypatch.setattr(reports, "LOGGED", 3)
    rows = [["A", "B", f"bad{number}", "student", "9"] for number in range(8)]
    report = take_in(table(HEADER, rows), dry_run=True)

    assert 9 == len(storage().get(report["errors_path"]).decode().splitlines())


def test_cancelled_before_it_is_read_it_is_never_read() -> None:
    """And says so; a second time changes nothing."""
    upload = enter(listed(5))
    with transaction() as conn:
        assert cancel(conn, upload)
    drain("lists")
    with transaction() as conn:
        assert not cancel(conn, upload)

    assert ("failed", "cancelled before it was begun", []) == (
        *(stands(upload)[name] for name in ("status", "reason")),
        people(),
    )


def _at(point: str, act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have something done the first time that a reading comes to this point."""
    left = [act]

    def reach(reached: str, _subject: str = "") -> None:
        if reached == point and left:
            left.pop()()

    monkeypatch.setattr(take, "reach", reach)
    monkeypatch.setattr(write, "reach", reach)


@pytest.mark.parametrize("point", ["after_rows", "before_judging", "before_writing"])
def test_cancelled_while_it_is_read_nothing_more_is_written(point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next commit finds out."""
    upload = enter(listed(5))

    def act() -> None:
        with transaction() as conn:
            cancel(conn, upload)

    _at(point, act, monkeypatch)
    drain("lists")

    assert ("failed", []) == (stands(upload)["status"], people())
    assert "cancelled; what was written before stays until the upload is undone" == stands(upload)["reason"]
    assert [] == ask("SELECT * FROM {content}.listed_people")


def test_cancelled_while_it_is_written_says_whom_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay, and can be taken back."""
    upload = enter(listed(5))

    def act() -> None:
        with transaction() as conn:
            cancel(conn, upload)

    monkeypatch.setattr(apply, "stretches", partial(apply.stretches, rows=2))
    _at("after_stretch", act, monkeypatch)
    drain("lists")

    assert ("failed", 2) == (stands(upload)["status"], stands(upload)["created_count"])
    assert 2 == len(people())


def test_progress_is_seen_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that were read, by another connection, before any user is there."""
    seen = []
    monkeypatch.setattr(take, "_MANY", 2)
    upload = enter(listed(5))

    def reach(point: str, _subject: str = "") -> None:
        seen.append((point, stands(upload)["processed_rows"], stands(upload)["stage"]))

    monkeypatch.setattr(take, "reach", reach)
    drain("lists")

    assert [("after_rows", 2, "reading"), ("after_rows", 4, "reading"), ("after_rows", 5, "reading")] == seen[:3]
    assert ("before_judging", 5, "reading") == seen[3]
    assert 5 == stands(upload)["written_rows"]
