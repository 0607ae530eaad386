"""`bellwork erase`: nothing that was known of a person is found afterwards, in no table, no file and no answer."""

from __future__ import annotations

import json
import os
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from bellwork import actor
from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.letters import NewLetter, post_letters
from bellwork.db.sql import sql
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep import erasing
from bellwork.tasks.upkeep.archive import without
from bellwork.tasks.upkeep.archive.examine import examine
from bellwork.tasks.upkeep.rotation import rotate
from bellwork.workers import Permanent
from bellwork.workers.testing import drain
from tests.db.catalog import run_script
from tests.old_months import AUDIT, MONTH, book, old_month
from tests.ops.desk import ask
from tests.ops.test_refused_roles import logged_in

if TYPE_CHECKING:
    from collections.abc import Iterator

PERSON = "canary-7f31"
_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'
"""
_PEOPLE = """
UPDATE {content}.audit_logs SET resource_id = :person, metadata = CAST(:json AS jsonb), ip_address = '10.0.0.1';
INSERT INTO {content}.audit_logs (user_id, action, user_agent) VALUES (:person, 'login', :person);
INSERT INTO {content}.class_students (class_id, student_id) VALUES ('class_1', :person);
INSERT INTO {content}.content_requests (id, student_id, original_query, status)
    VALUES (:request, :person, :person, 'failed');
UPDATE {content}.content_requests SET created_at = now() - interval '91 days';
INSERT INTO {content}.student_account_requests
    (id, teacher_id, first_name, last_name, email, grade_level, class_id, created_user_id)
    VALUES ('sreq_9', 'user_teacher', :person, 'x', 'x@example.org', 10, 'class_1', :person);
INSERT INTO {content}.bulk_upload_jobs (id, uploaded_by, school_id, file_path, error_log) VALUES
    ('upload_9', :person, 'school_hillsboro_hs', :file, '[]'),
    ('upload_8', 'user_teacher', 'school_hillsboro_hs', '', jsonb_build_array(
        jsonb_build_object('row', 1, 'error', :person || '@example.org'),
        jsonb_build_object('row', 2, 'error', 'none')));
INSERT INTO {tutoring}.students (student_id, name) VALUES (:person, :person);
INSERT INTO {tutoring}.addresses (person_id, email) VALUES (:person, :person || '@example.org')
"""
_BOUNCE = """
INSERT INTO bellwork.bounces (source, letter_id, kind, said) SELECT 'x', id, 'permanent', person FROM bellwork.letters
"""
_HOLDS = "SELECT EXISTS (SELECT FROM {table} t WHERE position(:word IN CAST(t AS text)) > 0)"
_USER = """
INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
VALUES (:person, :person || '@example.org', '!', :person, 'x', 'student', 'school_hillsboro_hs', 10)
"""


@actor(actor_name="t.erase", queue_name="t.erase", subject="pupil", max_retries=0)
def teach(pupil: str, note: str = "") -> None:
    """Fail where the note says so, and name the pupil."""
    if note == "fail":
        raise Permanent(f"nothing is known of {pupil}")


@actor(actor_name="t.erase_class", queue_name="t.erase")
def teach_class(pupils: list[str]) -> None:
    """Do nothing for many."""


@pytest.fixture
def school(database: str) -> str:
    """A school with a pupil in the tables of two systems, in letters and files, in jobs of every state."""
    file = storage().put(f"uploads/{PERSON}.csv", b"names")
    asked = {"request": f"req-{PERSON}", "json": json.dumps({"seen": PERSON}), "file": file}
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        for statement in (_USER, *_PEOPLE.split(";\n")):
            conn.execute(sql(statement.replace(":person", f"'{PERSON}'")), asked)
    teach.send(PERSON)
    teach.send_with_options(args=(PERSON, "fail"), unique_key=f"key:{PERSON}")
    teach_class.send([PERSON, "another"])
    drain("t.erase")
    with transaction() as conn:
        letter = NewLetter(
            key=f"t.note:{PERSON}", system="t", kind="note", to="c@example.org", person=PERSON, subject=PERSON
        )
        post_letters(conn, [letter])
        conn.execute(text(_BOUNCE))
        labelled: dict[str, Any] = {"queue": "content", "declared": True, "subject": ("request_id",)}
        of_request = NewJob("content.understand", {"request_id": f"req-{PERSON}"}, **labelled)
        before_the_release = NewJob("t.erase", {"pupil": PERSON}, queue="t.erase", declared=True)
        ledger.enqueue(conn, [of_request, before_the_release, NewJob("t.erase", {"pupil": "another"}, queue="t.erase")])
    teach.send_with_options(args=(PERSON,), delay=60_000)
    old_month(rows=20, user_id=PERSON)
    rotate()
    ask("retention", "run", "content.archive_requests")
    return database


def places(word: str = PERSON) -> list[str]:
    """Name the tables with a row, and the files, that hold a word anywhere."""
    with transaction() as conn:
        tables = list(conn.execute(text(_TABLES)).scalars())
        held = [table for table in tables if conn.execute(text(_HOLDS.format(table=table)), {"word": word}).scalar()]
    return held + [str(file) for file in files() if word in file.name or word in said_in(file)]


def said_in(file: Path) -> str:
    """Return what a file says."""
    return str(pq.read_table(file).to_pylist()) if file.suffix == ".parquet" else file.read_text()


def files() -> Iterator[Path]:
    """Yield the files of the storage."""
    folder = Path(os.environ["STORAGE_URL"].removeprefix("file://"))
    return (file for file in folder.rglob("*") if file.is_file())


def erase(*words: str) -> Any:
    """Run the command and return its document."""
    answer = ask("erase", "--subject", PERSON, "--json", *words)
    assert PERSON not in answer.out + answer.err
    return {**json.loads(answer.out), "code": answer.code}


def states() -> dict[str, list[str]]:
    """Return the states of jobs by actor."""
    with transaction() as conn:
        rows = ledger.list_jobs(conn, limit=100)
    return {
        name: sorted(row["state"] for row in rows if row["actor"] == name) for name in {row["actor"] for row in rows}
    }


@pytest.mark.usefixtures("school")
def test_a_dry_run_counts_and_the_erasure_leaves_nothing() -> None:
    """What a dry run counts is what goes; no table and no file holds the canary then, and again is nothing."""
    before, kept = places(), states()
    counted = erase("--dry-run")
    unchanged = (places(), states())
    done = erase("--reason", "asked by the school")
    again = erase()
    acts = json.loads(ask("acts", "--json").out)["acts"]

    assert len(before) > 8
    assert (before, kept) == unchanged
    assert places() == []
    assert [(each["where"], each["count"]) for each in counted["found"]] == [
        (each["where"], each["count"]) for each in done["found"]
    ]
    assert (done["code"], done["complete"], again["found"], again["code"]) == (0, True, [], 0)
    assert states()["t.erase"] == ["available", "cancelled", "cancelled", "dead", "done"]
    assert ["erase", "erase begun"] == [act["what"] for act in acts[2:4]]
    assert acts[2]["subject"] == f"person {done['person'][:16]}"
    assert acts[2]["why"] == "asked by the school"


@pytest.mark.usefixtures("school")
def test_what_the_law_keeps_stays_without_the_person() -> None:
    """Audit rows stay, with what was done; rows of others stay as they are; an erased job is not put back."""
    erase()
    with transaction() as conn:
        audit = conn.execute(
            sql("SELECT action, user_id, resource_id, ip_address FROM {content}.audit_logs ORDER BY id")
        ).all()
        errors = conn.execute(sql("SELECT error_log FROM {content}.bulk_upload_jobs WHERE id = 'upload_8'")).scalar()
        dead = ledger.find_jobs(conn, ledger.Which("dead"), 10).ids
        back = ledger.retry_finished(conn, dead)

    assert [tuple(row) for row in audit] == [
        ("view_student_data", "user_teacher", None, IPv4Address("10.0.0.1")),
        ("login", None, None, None),
    ]
    assert errors == [{"row": 1, "error": "erased"}, {"row": 2, "error": "none"}]
    assert (len(dead), back) == (1, [])


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize(
    "point", ["erase_jobs", "erase_letters", "archive_rewritten", "archive_switched", "erase_system"]
)
def test_an_erasure_that_was_cut_off_is_brought_to_the_same_end(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """Wherever it ends, the next run finds what is left, in archives, too, of which nobody noted who is in them."""

    def end(reached: str, _subject: str = "") -> None:
        if reached == point:
            raise KeyboardInterrupt

    with transaction() as conn:
        conn.execute(text("DELETE FROM bellwork.archive_people"))
    with monkeypatch.context() as patch:
        for module in (erasing, without):
            patch.setattr(module, "reach", end)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(PERSON, ledger.ChangedBy("ann", "asked"))
    cut_off = places()
    erase()

    assert cut_off
    assert places() == []


@pytest.mark.usefixtures("school")
def test_archives_are_rewritten_and_can_be_relied_on() -> None:
    """Of the audit trail all rows stay, without the person; of requests his rows go; others' rows are as they were."""
    [before] = [pq.read_table(file) for file in files() if MONTH in file.name and file.suffix == ".parquet"]
    erase()
    [audit, requests] = sorted(
        (file for file in files() if file.suffix == ".parquet"), key=lambda file: "parcel" in file.name
    )
    examine(book(AUDIT, MONTH))
    kept = ["id", "action", "resource_type", "created_at", "user_role"]

    assert before.select(kept).equals(pq.read_table(audit).select(kept))
    assert {None} == set(pq.read_table(audit).column("ip_address").to_pylist())
    assert ["req_2"] == pq.read_table(requests).column("id").to_pylist()


@pytest.mark.usefixtures("school")
def test_what_belongs_to_others_is_told_and_left() -> None:
    """A waiting job for a whole class goes on; the command says so and ends with 1; once it is done, it is emptied."""
    teach_class.send([PERSON, "another"])
    first = erase()
    drain("t.erase")
    second = erase()

    assert (first["code"], second["code"]) == (1, 0)
    assert [each["count"] for each in first["found"] if each["left"]] == [1]
    assert places() == []


@pytest.mark.usefixtures("school")
def test_operators_may_and_others_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """bellwork_ops erases jobs and letters, and is told who may erase a system's rows; all others are refused."""
    for role in ("bellwork_api", "bellwork_worker"):
        with logged_in(monkeypatch, role):
            assert "permission denied" in ask("erase", "--subject", PERSON).err
    with logged_in(monkeypatch, "bellwork_ops"):
        by_operator = erase()
    left = places()
    with logged_in(monkeypatch, "bellwork_ops", "bellwork_worker"):
        by_both = erase()

    assert [each["where"] for each in by_operator["found"] if each["left"]] == ["archives", "content", "tutoring"]
    assert not any(each.startswith("bellwork.") for each in left)
    assert by_both["complete"]
    assert places() == []
