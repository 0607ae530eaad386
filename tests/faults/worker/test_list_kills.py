"""kill -9 of a worker that reads a class list, at each step: the rows, letters and the report are those of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.lists.look import hand_in
from bellwork.db.engine import forget, transaction
from bellwork.tasks.providers import storage
from tests.db.catalog import run_script
from tests.faults import failpoints
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.content.lists.dialects import pupils, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PEOPLE = 300
#: Where the process dies; the same file is read for each, so that all but the first find everybody.
KILLS = ("after_rows", "before_judging", "before_writing", "after_stretch", "before_commit", "after_commit")
_REPORT = """
SELECT b.status::text, b.total_rows, b.successful_count, b.failed_count, l.created_count, l.known_count, l.place_count,
       b.error_log FROM content.bulk_upload_jobs b JOIN content.class_lists l ON l.upload_id = b.id WHERE b.id = :id
"""
_STAND = """
SELECT (SELECT count(*) FROM content.users WHERE email LIKE :like) AS users,
       (SELECT count(*) FROM content.invitations i JOIN content.users u ON u.id = i.user_id
        WHERE u.email LIKE :like AND i.upload_id = :id) AS invited,
       (SELECT count(*) FROM content.class_students s JOIN content.users u ON u.id = s.student_id
        WHERE u.email LIKE :like) AS places,
       (SELECT count(*) FROM bellwork.letters l JOIN content.users u ON u.id = l.person WHERE u.email LIKE :like
          AND l.kind = 'invitation') AS letters,
       (SELECT count(*) FROM content.listed_people) AS listed
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters, with the storage in the folder."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
    patch = pytest.MonkeyPatch()
    patch.setenv("STORAGE_URL", f"file://{ground}/storage")
    forget()
    settings = {
        "STORAGE_URL": f"file://{ground}/storage",
        "SMTP_URL": f"file://{ground}/mail",
        "LEASE": "2",
        "BEAT": "0.5",
    }
    systems = "content=bellwork.db.content.system"
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster
    patch.undo()
    forget()


def people_of(word: str) -> str:
    """Write a list of people whose addresses nobody else has, two of them twice."""
    rows = [[p.first, p.last, f"{word}{p.email}", p.role, str(p.grade or "")] for p in pupils(PEOPLE)]
    return table(["first", "last", "email", "role", "grade"], [*rows, *rows[:2]])


@pytest.mark.parametrize("point", KILLS)
def test_a_list_survives_the_death_of_its_worker(point: str, cluster: Cluster, ground: Path) -> None:
    """Each is made, placed and written to once, and the report says so as if nothing had been."""
    eventually(cluster.is_up, PATIENCE)
    word = point.replace("_", "")
    subject = "content.read_class_list" if point.endswith("commit") else ""
    failpoints.order(ground, point, "kill9", subject)
    asked = {"uploaded_by": "user_teacher", "school_id": "school_hillsboro_hs", "role": "student", "grade_level": None}
    flags = {"class_id": "class_1", "atomic": False, "dry_run": False, "leavers": False, "invite": True}
    with transaction() as conn:
        path = storage().put(f"uploads/{word}.csv", people_of(word).encode())
        upload = hand_in(conn, {**asked, **flags, "file_path": path})
    eventually(lambda: rows(_REPORT, id=upload)[0].status in {"completed", "failed"}, 4 * PATIENCE)
    [stand] = rows(_STAND, id=upload, like=f"{word}%")
    duplicates = [{"row": PEOPLE + row, "error": f"row {row} has the same address"} for row in (2, 3)]

    assert failpoints.taken(ground, point)
    assert ("completed", PEOPLE + 2, PEOPLE, 2, PEOPLE, 0, PEOPLE * 49 // 50, duplicates) == tuple(
        rows(_REPORT, id=upload)[0]
    )
    assert (PEOPLE, PEOPLE, PEOPLE * 49 // 50, PEOPLE, 0) == tuple(stand)
    failpoints.clear(ground)
