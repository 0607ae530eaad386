"""Hostile and broken files: a clear reason, nothing half-written, and no path of theirs is ever used."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.content.lists.archive import ENTRIES, SWELLS
from tests.tasks.content.lists.dialects import table, zipped
from tests.tasks.content.lists.office import errors, people, take_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("school")

HEADER = ["first", "last", "email", "grade"]
GOOD = ["Ada", "Lovelace", "ada@example.org", "9"]
USERS = table(HEADER, [GOOD])


def encrypted() -> bytes:
    """Return a zip file whose entry says that it is encrypted."""
    made = bytearray(zipped({"users.csv": USERS}))
    made[6] |= 1
    made[made.index(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def bomb() -> bytes:
    """Return a zip file of some kilobytes whose entry is a thousand times as long, and says that it is short."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.csv", USERS + "0" * (SWELLS * 20_000))
    return content.getvalue()


FILES: dict[str, tuple[Any, str]] = {
    "nothing": (b"", "the file is empty"),
    "blanks": ("\n \n,,\n", "the file is empty"),
    "no header": ("Ada,Lovelace,ada@example.org,9\n", "the first row names no column that is known"),
    "two columns of one name": (table([*HEADER, "E-Mail"], []), "the columns 3 and 5 have one name, 'email'"),
    "UTF-16 without its mark": (USERS.encode("utf-16-le"), "the file holds NUL characters"),
    "UTF-32": (USERS.encode("utf-32"), "the file is UTF-32; save it as UTF-8"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "the first row names no column"),
    "a header of ten megabytes": ("email," + "x" * 10_000_000, "the first row cannot be read"),
    "a damaged zip file": (zipped({"users.csv": USERS})[:-30], "the zip file is damaged"),
    "a zip file of other things": (zipped({"classes.csv": USERS}), "the zip file has no users.csv"),
    "two lists in a zip file": (zipped({"a/users.csv": USERS, "b/users.csv": USERS}), "2 files called users.csv"),
    "an encrypted zip file": (encrypted(), "users.csv in the zip file is encrypted"),
    "a zip bomb": (bomb(), "users.csv in the zip file is far longer than its zipped form"),
    "entries without end": (zipped(dict.fromkeys(map(str, range(ENTRIES + 1)), "")), "1,001 entries, and may have"),
    "roles without a role": (
        zipped({"users.csv": USERS, "roles.csv": "userSourcedId\nx\n"}),
        "roles.csv names no column 'role'",
    ),
}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_cannot_be_read_fails_with_its_reason_in_row_1(file: str) -> None:
    """Nobody is made of it."""
    content, said = FILES[file]
    report = take_in(content)

    assert "failed" == report["status"]
    assert said in report["reason"]
    assert {1: report["reason"]} == errors(report)
    assert [] == people()


ROWS = {
    "a formula": (["=HYPERLINK(1)", "Last", "a@example.org", "9"], "the column of 'first' begins with '='"),
    "a formula in an address": (["A", "B", "+1+cmd@example.org", "9"], "the column of 'email' begins with '+'"),
    "NUL": (["A\0da", "B", "a@example.org", "9"], "holds a character that cannot be printed"),
    "a bell": (["A", "B\a", "a@example.org", "9"], "the column of 'last' holds a character that cannot be printed"),
    "letters that turn around": (["A", "\u202eB", "a@example.org", "9"], "holds a character that cannot be printed"),
    "a lost letter": (["A", "B\ufffd", "a@example.org", "9"], "holds a letter that was lost"),
    "a name of 101": (["A" * 101, "B", "a@example.org", "9"], "the first name is longer than 100 characters"),
    "ten megabytes": (["A" * 10_000_000, "B", "a@example.org", "9"], "the row is longer than 65,536 characters"),
    "a short row": (["A", "B", "a@example.org"], "the row has 3 cells, and the header 4"),
    "a long row": (["A", "B", "a@example.org", "9", "x"], "the row has 5 cells, and the header 4"),
    "no address": (["A", "B", " ", "9"], "there is no e-mail address"),
    "a grade of words": (["A", "B", "a@example.org", "ninth"], "a student's grade is one of 9 to 12"),
    "a grade of eight": (["A", "B", "a@example.org", "08"], "a student's grade is one of 9 to 12"),
    "no grade": (["A", "B", "a@example.org", ""], "neither the row nor the upload names one"),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_that_cannot_be_read_costs_itself_alone(row: str) -> None:
    """Its neighbours become users, and it is named by its number."""
    cells, said = ROWS[row]
    report = take_in(table(HEADER, [GOOD, cells, ["Bob", "Bee", "bob@example.org", "10"]]))

    assert [3] == list(errors(report))
    assert said in errors(report)[3]
    assert ["ada@example.org", "bob@example.org"] == [each["email"] for each in people()]


def test_a_row_of_empty_cells_is_no_row() -> None:
    """Spreadsheets leave them behind; they are neither done nor refused, and count for the numbers of others."""
    report = take_in(table(HEADER, [["", "", "", ""], ["A", "B", "bad", "9"], GOOD, [" ", "", "", ""]]))

    assert [3] == list(errors(report))
    assert (2, 1) == (report["total_rows"], report["successful_count"])


def test_names_in_a_zip_file_lead_nowhere(school: Path) -> None:
    """Nothing is unpacked: a way out of the folder writes nothing, and a list that lies there is read all the same."""
    before = {path for path in school.parent.rglob("*") if "storage" not in path.parts}
    report = take_in(zipped({"../../../users.csv": USERS, "/etc/passwd": "root", "..\\..\\evil.dll": "x"}))

    assert ("completed", 1) == (report["status"], report["created_count"])
    assert before == {path for path in school.parent.rglob("*") if "storage" not in path.parts}


@pytest.mark.parametrize("path", ["/etc/passwd", "file:///etc/passwd", "videos/film.mp4", "uploads/../videos/film.mp4"])
def test_no_other_file_is_read_for_what_an_upload_says(path: str) -> None:
    """Only what lies below uploads/ in the storage."""
    report = take_in("", file_path=path)

    assert "failed" == report["status"]
    assert "ada" not in str(report)


def test_a_file_that_is_not_there_is_said_at_once() -> None:
    """Storing comes before entering."""
    report = take_in("", file_path="uploads/nowhere.csv")

    assert "the file is not in the storage; store it before its upload is entered" == report["reason"]
