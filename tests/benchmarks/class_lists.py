"""A class list becomes users: the job, beside a program that takes row by row, and COPY into the table as the limit."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg

from bellwork.db import engine
from bellwork.db.content.lists.look import hand_in, look
from bellwork.db.engine import transaction
from bellwork.tasks.content.lists.read import read_class_list
from bellwork.tasks.providers import storage
from bellwork.workers.testing import drain
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.section import Section
from tests.db.catalog import run_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Class lists"
_COLUMNS = ["", "rows", "rows/s", "times row by row", "of COPY"]
_NOTE = (
    "A list of {rows:,} students for one class, from a file in the storage to its report: users, places, invitations"
    " and, where it says so, letters. Row by row is what a web handler does: is the address there, INSERT the user,"
    " INSERT the place, COMMIT; measured over {sample:,} rows. COPY writes the same users, and nothing else, into the"
    " same table with all of its indexes. PostgreSQL waits for the disk at each commit; turns: {turns}. The largest"
    " resident memory of a process that reads a list: {small:.0f} MB for 1,000 rows, {large:.0f} MB for {most:,}"
    " ({base:.0f} MB before the list)."
)
_LETTERS, _QUIET = "Bellwork", "Bellwork, no letters"
_LOOP, _COPY = "row by row", "COPY, users alone"
_CLEAN = (
    "DELETE FROM bellwork.letters",
    "TRUNCATE content.class_students, content.invitations, content.list_changes",
    "DELETE FROM content.users WHERE email LIKE 'p%@lists.example.org'",
    "VACUUM ANALYZE content.users",
    "VACUUM bellwork.letters",
)
_COLUMNS_OF_USERS = "id, email, password_hash, first_name, last_name, role, org_id, student_id, grade_level"
_INSERT = f"INSERT INTO content.users ({_COLUMNS_OF_USERS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)".encode()  # noqa: S608 - names of columns


def listed(rows: int) -> bytes:
    """Write a list of so many students."""
    lines = [f"S{n},First{n % 997},Last{n % 9973},p{n}@lists.example.org,{9 + n % 4}\n" for n in range(rows)]
    return "".join(["student_id,first,last,email,grade\n", *lines]).encode()


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure one list, read in four ways, and the memory of two."""
    there, turns = apart.Ground(arena.database_url, "", has_partman=False), plan.pick(quick=2, full=3)
    rows, sample, most = (plan.pick(quick=q, full=f) for q, f in ((1_000, 100_000), (300, 2_000), (20_000, 1_000_000)))
    with _school(there) as url:
        say(f"a list of {rows:,}")
        ways: dict[str, Callable[[], float]] = {
            _LETTERS: partial(_read, url, rows, letters=True),
            _QUIET: partial(_read, url, rows, letters=False),
            _LOOP: partial(_loop, url, sample),
            _COPY: partial(_copy, url, rows),
        }
        found = interleaved(ways, turns)
        say(f"memory, 1,000 and {most:,} rows")
        small, large = (_memory(url, count) for count in (1_000, most))
    table, values = [], {}
    for name, rates in found.items():
        loop = [rate / other for rate, other in zip(rates, found[_LOOP], strict=True)]
        limit = [rate / other for rate, other in zip(rates, found[_COPY], strict=True)]
        count = sample if name == _LOOP else rows
        table.append([name, f"{count:,}", spread(rates), spread(loop, 1), spread(limit, 2)])
        values[name] = {"rows_per_second": rates}
    note = _NOTE.format(rows=rows, sample=sample, turns=turns, most=most, base=small[0], small=small[1], large=large[1])
    values["memory"] = {"megabytes": [small[0], small[1], large[1]]}
    return Section("class_lists", HEADING, _COLUMNS, table, [note], values)


@contextmanager
def _school(there: apart.Ground) -> Iterator[str]:
    with TemporaryDirectory() as folder, apart.database(there, STORAGE_URL=f"file://{folder}") as url:
        apart.migrated()
        with transaction() as conn:
            run_script(conn, "vividly_rows.sql", "content")
        yield url


def _read(url: str, rows: int, *, letters: bool) -> float:
    """Have a list read by the job; returns rows a second."""
    apart.run(url, *_CLEAN)
    path = storage().put(f"uploads/{time.monotonic_ns()}.csv", listed(rows))
    asked = {"uploaded_by": "user_teacher", "school_id": "school_hillsboro_hs", "role": "student", "grade_level": None}
    flags = {"class_id": "class_1", "atomic": False, "dry_run": False, "leavers": False, "invite": letters}
    with transaction() as conn:
        upload = hand_in(conn, {**asked, **flags, "file_path": path})
    began = time.perf_counter()
    drain(read_class_list.queue_name)
    seconds = time.perf_counter() - began
    with transaction() as conn:
        report = look(conn, upload) or {}
    assert (rows, rows) == (report["created_count"], report["place_count"]), report
    return rows / seconds


def _loop(url: str, rows: int) -> float:
    """Take row by row; returns rows a second."""
    apart.run(url, *_CLEAN)
    lines = listed(rows).decode().splitlines()[1:]
    began = time.perf_counter()
    with psycopg.connect(url) as conn:
        for number, line in enumerate(lines):
            student, first, last, email, grade = line.split(",")
            if conn.execute("SELECT FROM content.users WHERE email = %s", (email,)).fetchone():
                continue
            user = (f"user_{number}", email, "!", first, last, "student", "school_hillsboro_hs", student, int(grade))
            conn.execute(_INSERT, user)
            conn.execute("INSERT INTO content.class_students (class_id, student_id) VALUES ('class_1', %s)", user[:1])
            conn.commit()
    return rows / (time.perf_counter() - began)


def _copy(url: str, rows: int) -> float:
    """Copy the users alone; returns rows a second."""
    apart.run(url, *_CLEAN)
    lines = listed(rows).decode().splitlines()[1:]
    users = []
    for number, line in enumerate(lines):
        student, first, last, email, grade = line.split(",")
        users.append(
            "\t".join([f"user_{number:x}", email, "!", first, last, "student", "school_hillsboro_hs", student, grade])
        )
    content = "\n".join([*users, ""]).encode()
    began = time.perf_counter()
    with psycopg.connect(url) as conn, conn.cursor() as cursor:
        with cursor.copy(f"COPY content.users ({_COLUMNS_OF_USERS}) FROM STDIN".encode()) as copy:
            copy.write(content)
        conn.commit()
    return rows / (time.perf_counter() - began)


def _memory(url: str, rows: int) -> tuple[float, float]:
    """Read a list in a process of its own; returns its largest memory in MB, before the list and after."""
    apart.run(url, *_CLEAN)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.class_lists", str(rows)],
        env=os.environ,
        check=True,
        capture_output=True,
        text=True,
    )
    before, after = ran.stdout.split()[-2:]
    return float(before), float(after)


def _peak() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _alone(rows: int) -> None:
    """Read a list of so many rows, which is never held in memory, and print the largest memory before and after."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        with file.open("w") as writer:
            writer.write("student_id,first,last,email,grade\n")
            for n in range(rows):
                writer.write(f"S{n},First{n % 997},Last{n % 9973},p{n}@lists.example.org,{9 + n % 4}\n")
        path = storage().put(f"uploads/{time.monotonic_ns()}.csv", file)
    asked = {"uploaded_by": "user_teacher", "school_id": "school_hillsboro_hs", "role": "student", "grade_level": None}
    flags = {"class_id": "class_1", "atomic": False, "dry_run": False, "leavers": False, "invite": True}
    with transaction() as conn:
        hand_in(conn, {**asked, **flags, "file_path": path})
    before = _peak()
    drain(read_class_list.queue_name)
    print(before, _peak())  # noqa: T201 - the parent reads it
    engine.forget()


if __name__ == "__main__":
    _alone(int(sys.argv[1]))
