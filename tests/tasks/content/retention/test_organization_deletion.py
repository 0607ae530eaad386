"""Thirty days after its contract's end an organization is deleted, in the order of the tables, and nothing else is."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from bellwork.db.engine import engine
from bellwork.tasks.content.retention.contracts import end_contracts
from bellwork.tasks.content.retention.organization_deletion import delete_organization, delete_until_gone
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.retention.old import ME, PLENTY, Batches, ask, change, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.db.retention import Holder
    from bellwork.tasks.upkeep.sweeping.run import Run

END = date(2026, 1, 31)
TABLES = (
    "class_students",
    "student_account_requests",
    "bulk_upload_jobs",
    "classes",
    "feedback",
    "content_requests",
    "student_progress",
    "student_interests",
    "users",
    "organizations",
)


@pytest.fixture
def ended(district: Path) -> Path:
    """The district's contract ended long ago; beside it stands another one with a pupil."""
    sign("org_mnps", "2026-01-31")
    tell("org_mnps", "2026-01-31")
    change("UPDATE {content}.bulk_upload_jobs SET file_path = ''")
    change("INSERT INTO {content}.organizations (id, name, org_type) VALUES ('org_other', 'Other', 'district')")
    change(
        "INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)"
        " VALUES ('other', 'o@example.org', '!', 'O', 'T', 'student', 'org_other', 9)"
    )
    change(
        "INSERT INTO {content}.content_requests (id, student_id, original_query) VALUES ('req_other', 'other', 'Why?')"
    )
    return district


def sign(organization: str, end: str | None) -> None:
    """Write a contract's end."""
    change(
        "UPDATE {content}.organizations SET metadata = jsonb_build_object('contract_end', CAST(:end AS text))"
        " WHERE id = :id",
        end=end,
        id=organization,
    )


def left() -> dict[str, int]:
    """Count what is left in each table of people."""
    return {table: ask(f"SELECT count(*) FROM {{content}}.{table}")[0] for table in TABLES}  # noqa: S608 - ours


def go(budget: Budget | None = None, holder: Holder = ME) -> Run:
    """Delete the district."""
    return delete_until_gone("org_mnps", END, holder, budget or Budget(PLENTY))


ONLY_THE_OTHER = {**dict.fromkeys(TABLES, 0), "users": 1, "organizations": 1, "content_requests": 1}


@pytest.mark.usefixtures("ended")
def test_vv19_everything_of_it_goes_and_nothing_of_others() -> None:
    """Classes before their teacher, people with theirs, schools before the district; content and audit rows stay."""
    job = run_inline(delete_organization, organization_id="org_mnps", contract_end="2026-01-31")

    assert "done" == job["state"]
    assert ONLY_THE_OTHER == left()
    assert ["content_1"] == ask("SELECT id FROM {content}.generated_content")
    assert [("view_student_data", None)] == list(
        zip(
            ask("SELECT action FROM {content}.audit_logs"), ask("SELECT user_id FROM {content}.audit_logs"), strict=True
        )
    )
    assert ["deleted"] == ask("SELECT step FROM bellwork.contract_notices")


@pytest.mark.usefixtures("ended")
def test_vv19_the_tables_are_emptied_in_their_order_and_nothing_goes_by_a_cascade() -> None:
    """Every row is deleted by a statement of its own, children before parents, so that no batch is larger than told."""
    before = left()
    with _watched() as gone:
        go()

    assert [
        "class_students",
        "student_account_requests",
        "classes",
        "feedback",
        "content_requests",
        "student_progress",
        "student_interests",
        "bulk_upload_jobs",
        "users",
        "organizations",
    ] == list(gone)
    assert {table: before[table] - ONLY_THE_OTHER[table] for table in TABLES} == gone


@contextmanager
def _watched() -> Iterator[dict[str, int]]:
    """Count the rows that DELETE statements take from each table, in the order in which they first take any."""
    gone: dict[str, int] = {}

    def note(_conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        found = re.match(r'\s*DELETE FROM "content"\.(\w+)', statement)
        if found and cursor.rowcount > 0:
            gone[found[1]] = gone.get(found[1], 0) + cursor.rowcount

    event.listen(engine(), "after_cursor_execute", note)
    yield gone
    event.remove(engine(), "after_cursor_execute", note)


@pytest.mark.usefixtures("ended")
def test_vv19_from_the_end_to_the_deletion_by_the_calendar_alone() -> None:
    """The last word on the 23rd day, the deletion on the 30th and a week after the word, each by the daily job."""
    change("DELETE FROM bellwork.contract_notices")
    run_inline(end_contracts)
    drain()
    after_the_word = left()
    change("UPDATE bellwork.contract_notices SET at = at - interval '7 days'")
    for _ in range(2):
        run_inline(end_contracts)
        drain()

    assert 3 == after_the_word["users"]
    assert ONLY_THE_OTHER == left()


@pytest.mark.usefixtures("ended")
def test_vv19_cut_off_anywhere_it_goes_on_to_the_same_end() -> None:
    """Stopped after one look, after two, after three …: it goes on where it stopped, and the end is the same."""
    change(
        "INSERT INTO {content}.content_requests (id, student_id, original_query)"
        " SELECT 'r' || n, 'user_student', 'Why?' FROM generate_series(1, 900) n"
    )
    change("INSERT INTO {content}.audit_logs (user_id, action) SELECT 'user_student', 'a' FROM generate_series(1, 500)")
    runs = 0
    while go(Batches(runs + 1)).unfinished:
        runs += 1
        assert runs < 50

    assert 3 <= runs
    assert ONLY_THE_OTHER == left()
    assert [0] == ask("SELECT count(*) FROM {content}.audit_logs WHERE user_id IS NOT NULL")


@pytest.mark.usefixtures("ended")
def test_vv19_a_second_deletion_finds_nothing_and_says_nothing() -> None:
    """Delivered twice, or after a crash behind the last batch: no error, no remark."""
    go()
    again = go()

    assert (0, None, False) == (again.rows, again.said, again.unfinished)


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("end", [None, "2031-01-31", "soon"])
def test_vv19_a_renewed_organization_is_left_alone(end: str | None) -> None:
    """An end taken away, moved or made unreadable between the tick and the deletion: not one row goes."""
    before = left()
    sign("org_mnps", end)
    run = go()

    assert before == left()
    assert "nothing more is deleted" in (run.said or "")


@pytest.mark.usefixtures("ended")
def test_vv19_a_renewal_in_the_middle_stops_it_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Renewed after the classes went: not one of the people goes."""
    module = sys.modules["bellwork.tasks.content.retention.organization_deletion"]
    people_of = module.people_of

    def renewed(*asked: Any) -> list[str]:
        sign("org_mnps", "2031-01-31")
        return list(people_of(*asked))

    monkeypatch.setattr(module, "people_of", renewed)
    run = go()

    assert 0 == left()["classes"]
    assert 3 == left()["users"]
    assert "nothing more is deleted" in (run.said or "")


@pytest.mark.usefixtures("ended")
def test_vv19_a_pupil_who_changes_school_in_the_middle_stays_with_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moved to another district between the list of people and their batch: neither he nor what he did goes."""
    module = sys.modules["bellwork.tasks.content.retention.organization_deletion"]
    people_of = module.people_of

    def moved(*asked: Any) -> list[str]:
        people = list(people_of(*asked))
        if "user_student" in people:
            change("UPDATE {content}.users SET org_id = 'org_other' WHERE id = 'user_student'")
        return people

    monkeypatch.setattr(module, "people_of", moved)
    go()

    assert {"other", "user_student"} == set(ask("SELECT id FROM {content}.users"))
    assert "user_student" in ask("SELECT student_id FROM {content}.student_progress")
    assert ["org_other"] == ask("SELECT id FROM {content}.organizations")


@pytest.mark.usefixtures("ended")
def test_vv19_a_school_that_signs_its_own_contract_in_the_middle_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract is written after the run has listed its parts: not one row of any part goes any more."""
    before = left()
    module = sys.modules["bellwork.tasks.content.retention.organization_deletion"]
    classes_of = module.classes_of

    def signed(*asked: Any) -> list[str]:
        sign("school_hillsboro_hs", "2031-06-30")
        return list(classes_of(*asked))

    monkeypatch.setattr(module, "classes_of", signed)
    run = go()

    assert before == left()
    assert "school_hillsboro_hs" in (run.said or "")


@pytest.mark.usefixtures("ended")
def test_vv19_a_school_with_a_contract_of_its_own_stays_and_so_does_its_district() -> None:
    """Its people and classes are untouched; the district's own people go, its row waits for the school."""
    sign("school_hillsboro_hs", "2031-06-30")
    change(
        "INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id)"
        " VALUES ('head', 'h@example.org', '!', 'H', 'D', 'district_admin', 'org_mnps')"
    )
    run = go()

    assert (3, 1) == (left()["organizations"], left()["classes"])
    assert {"other", "user_student", "user_teacher"} == set(ask("SELECT id FROM {content}.users"))
    assert "school_hillsboro_hs has a contract of its own" == run.said


@pytest.mark.usefixtures("ended")
def test_vv19_a_teacher_whose_class_stays_is_said_to_be_in_the_way() -> None:
    """A class of a school that stays keeps its teacher, and the ledger says why the rest is not gone."""
    change(
        "INSERT INTO {content}.organizations (id, name, org_type, parent_id)"
        " VALUES ('school_o', 'O', 'school', 'org_other')"
    )
    change(
        "INSERT INTO {content}.classes (id, name, teacher_id, school_id)"
        " VALUES ('class_o', 'O', 'user_teacher', 'school_o')"
    )
    run = go()

    assert {"other", "user_teacher"} == set(ask("SELECT id FROM {content}.users"))
    assert "user user_teacher teaches class class_o of school_o, which stays" == run.said
    change("DELETE FROM {content}.classes")
    go()
    assert {"org_other", "school_o"} == set(ask("SELECT id FROM {content}.organizations"))


@pytest.mark.usefixtures("ended")
def test_vv19_uploads_lose_their_files_before_their_rows() -> None:
    """A class list in the storage goes with the school; one that lies elsewhere stays with its row, and is named."""
    storage().put("uploads/list.csv", b"Ada,ada@example.org")
    change("UPDATE {content}.bulk_upload_jobs SET file_path = 'uploads/list.csv'")
    change(
        "INSERT INTO {content}.bulk_upload_jobs (id, uploaded_by, school_id, file_path)"
        " VALUES ('far', 'user_teacher', 'school_hillsboro_hs', '/home/somebody/list.csv')"
    )
    run = go()

    assert not storage().exists("uploads/list.csv")
    assert ["far"] == ask("SELECT id FROM {content}.bulk_upload_jobs")
    assert ["other", "user_teacher"] == sorted(ask("SELECT id FROM {content}.users"))
    assert "upload far has a file that could not be removed" in (run.said or "")


@pytest.mark.usefixtures("ended")
def test_vv19_a_day_that_nobody_can_read_deletes_nothing() -> None:
    """A job with a wrong argument is dead at once."""
    before = left()
    job = run_inline(delete_organization, organization_id="org_mnps", contract_end="soon")

    assert "dead" == job["state"]
    assert before == left()
