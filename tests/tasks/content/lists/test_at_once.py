"""Lists at once, twice and late: two with the same people, two jobs for one list, accounts others make meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content import erase
from bellwork.db.content.lists import judge
from bellwork.db.content.lists import run as runs
from bellwork.db.content.lists.look import cancel
from bellwork.db.engine import transaction
from bellwork.tasks.content.lists import take, write
from bellwork.tasks.content.lists.read import read_class_list
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.helpers import eventually
from tests.tasks.content.lists.dialects import pupils, table
from tests.tasks.content.lists.office import ask, change, enter, errors, people, stands, take_in

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("school")

HEADER = ["first", "last", "email", "role", "grade"]
ROWS = [[p.first, p.last, p.email, p.role, str(p.grade or "")] for p in pupils(200)]


@pytest.mark.parametrize("atomic", [False, True])
def test_two_lists_with_the_same_people_make_each_once(atomic: bool) -> None:
    """Whoever comes second finds them; both end as completed, in whatever order their rows are."""
    uploads = [enter(table(HEADER, rows), atomic=atomic, class_id="class_1") for rows in (ROWS, ROWS[::-1])]
    jobs = [job["id"] for job in enqueued("content.read_class_list")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda job: run_due([job]), jobs))
    drain("lists", later=True)
    reports = [stands(upload) for upload in uploads]
    [letters] = ask("SELECT count(*), count(DISTINCT person) AS people FROM bellwork.letters")

    assert ["completed", "completed"] == [report["status"] for report in reports]
    assert (200, 200) == tuple(sum(report[name] for report in reports) for name in ("created_count", "known_count"))
    assert {"count": 200, "people": 200} == letters
    assert [["class_1"]] * 196 == [each["classes"] for each in people() if each["classes"]]


def test_of_two_jobs_for_one_list_one_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever began later goes on; the one before writes nothing more, and ends."""
    upload = enter(table(HEADER, ROWS))
    [first] = enqueued("content.read_class_list")
    left = ["once"]

    def reach(point: str, _subject: str = "") -> None:
        if point == "before_judging" and left:
            left.pop()
            with ThreadPoolExecutor(1) as thread:
                thread.submit(run_inline, read_class_list, job_id=upload).result()

    monkeypatch.setattr(take, "reach", reach)
    run_due([first["id"]])
    jobs = ask("SELECT state FROM bellwork.finished_jobs WHERE actor = 'content.read_class_list'")

    assert ("completed", 200) == (stands(upload)["status"], stands(upload)["created_count"])
    assert [{"state": "done"}] * 2 == jobs
    assert 200 == len(people())


def test_a_list_that_was_read_is_not_read_again() -> None:
    """A second job finds it over, whatever the file holds by now."""
    report = take_in(table(HEADER, ROWS))
    run_inline(read_class_list, job_id=report["id"])

    assert report == stands(report["id"])


def _before_writing(act: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    left = [act]

    def reach(point: str, _subject: str = "") -> None:
        if point == "before_writing" and left:
            left.pop()()

    monkeypatch.setattr(write, "reach", reach)


@pytest.mark.parametrize("atomic", [False, True])
def test_an_account_that_another_school_makes_meanwhile_refuses_its_row(
    atomic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the rows were judged; an atomic list is undone, looked at again, and writes nothing."""

    def make() -> None:
        change(
            """INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
               VALUES ('user_late', :email, 'x', 'L', 'L', 'student', 'school_other', 9)""",
            email=ROWS[1][2],
        )

    _before_writing(make, monkeypatch)
    report = take_in(table(HEADER, ROWS), atomic=atomic)

    assert {3: "the address belongs to an account of another school"} == errors(report)
    assert ("failed", 0) if atomic else ("completed", 199) == (report["status"], len(people()))


def test_rows_that_a_crash_of_the_server_took_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their table is unlogged: a list is never believed to be shorter than it is."""
    _before_writing(lambda: change("DELETE FROM {content}.listed_people WHERE row_number > 100"), monkeypatch)
    upload = enter(table(HEADER, ROWS))
    drain("lists")
    between = stands(upload)["status"]
    drain("lists", later=True)

    assert ("processing", "completed", 200) == (between, stands(upload)["status"], stands(upload)["created_count"])
    assert 200 == len(people())


def test_a_job_that_dies_ends_its_upload_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """And leaves no rows behind."""

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(runs, "describe", fail)
    upload = enter(table(HEADER, ROWS))
    drain("lists", later=True)

    assert ("failed", "OSError: no space left") == (stands(upload)["status"], stands(upload)["reason"])
    assert [] == ask("SELECT FROM {content}.listed_people")


def test_rows_of_a_list_that_nobody_reads_any_more_go_with_the_next_one() -> None:
    """An operator cancelled its job, say."""
    change("INSERT INTO {content}.listed_people (upload_id, row_number) VALUES ('gone', 1), ('upload_job_1', 1)")
    take_in(table(HEADER, ROWS[:1]))

    assert [] == ask("SELECT FROM {content}.listed_people")


def test_who_is_erased_leaves_nothing_of_what_lists_kept() -> None:
    """Invitation, changes, and rows that are being read."""
    report = take_in(table(HEADER, [*ROWS[:3], ["S", "D", "student@example.org", "student", "10"]]), class_id="class_2")
    change("INSERT INTO {content}.listed_people (upload_id, row_number, email) VALUES ('x', 1, 'student@example.org')")
    [new] = ask("SELECT id FROM {content}.users WHERE email = :email", email=ROWS[0][2])
    with transaction() as conn:
        one, other = erase.erase(conn, "user_student"), erase.erase(conn, new["id"])

    assert (1, 1) == (one.deleted["content.list_changes"], one.deleted["content.listed_people"])
    assert 1 == other.deleted["content.invitations"]
    assert 2 == len(people())
    assert "student" not in str(report["error_log"])


def test_the_files_of_who_handed_a_list_in_go_with_him() -> None:
    """The list, and the one of its errors."""
    report = take_in(table(HEADER, ROWS[:1]))
    change(
        "UPDATE {content}.class_lists SET errors_path = 'uploads/errors/x.csv' WHERE upload_id = :id", id=report["id"]
    )
    with transaction() as conn:
        erased = erase.erase(conn, "user_head")

    assert "uploads/errors/x.csv" in erased.files
    assert 2 == len(erased.files)
    assert [] == ask("SELECT FROM {content}.class_lists")


def test_a_list_is_cancelled_while_its_rows_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever cancels waits for the commit, and neither ends the other by a deadlock: both hold the upload first."""
    upload = enter(table(HEADER, ROWS))
    judged = judge.judge

    def cancel_it() -> bool:
        with transaction() as conn:
            conn.exec_driver_sql("SET LOCAL lock_timeout = '60s'")
            return cancel(conn, upload)

    def waits() -> bool:
        ask("SELECT pg_stat_clear_snapshot()")  # the job's transaction would see who waits as at its first look
        return bool(ask("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%cancel_class%'"))

    with ThreadPoolExecutor(1) as thread:
        asked = []

        def judge_late(*given: Any) -> None:
            asked.append(thread.submit(cancel_it))
            eventually(waits)
            judged(*given)

        monkeypatch.setattr(judge, "judge", judge_late)
        drain("lists")

    assert [True] == [each.result() for each in asked]
    assert ("failed", 0) == (stands(upload)["status"], len(people()))
    assert stands(upload)["reason"].startswith("cancelled")
