"""The same people as nine systems write them, in other orders, with other delimiters, encodings and words."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import NamedTuple

FIRST = ("Ada", "Béla", "Chloé", "Dörte", "Esra", "Fiona", "Günther", "Håkon", "Inès", "José")
LAST = ("Álvarez", "Brandt", "Çelik", "Dvorak", "Eriksson", "O'Neil", "García López", "Hall-Smith", "Ivers", "Jónsson")


class Pupil(NamedTuple):
    """One of the people, as all systems know him."""

    number: int
    first: str
    last: str
    email: str
    role: str
    grade: int | None


def pupils(count: int = 500) -> list[Pupil]:
    """Make so many people, one in fifty of whom is a teacher."""
    made = []
    for number in range(count):
        teaches = number % 50 == 7
        first, last = FIRST[number % 10], LAST[number // 10 % 10].split(" ")[0]
        role, grade = ("teacher", None) if teaches else ("student", 9 + number % 4)
        made.append(Pupil(number, first, last, f"p{number}@school.example.org", role, grade))
    return made


def table(header: list[str], rows: list[list[str]], delimiter: str = ",") -> str:
    """Write CSV."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([header, *rows])
    return text.getvalue()


def first_document(people: list[Pupil]) -> bytes:
    """student_id, first, last, email, grade; teachers are in a column of their own making."""
    rows = [[f"S{p.number}", p.first, p.last, p.email, str(p.grade or ""), p.role] for p in people]
    return table(["student_id", "first", "last", "email", "grade", "role"], rows).encode()


def second_document(people: list[Pupil]) -> bytes:
    """First, last, email, role, grade, school; from a spreadsheet whose list separator is a semicolon."""
    rows = [[p.first, p.last, p.email, p.role.title(), str(p.grade or ""), "Hillsboro High School"] for p in people]
    return table(["First", "Last", "Email", "Role", "Grade", "School"], rows, ";").encode("utf-8-sig")


def third_document(people: list[Pupil]) -> bytes:
    """Email, first, last, role, grade; tabs and UTF-16, as a spreadsheet's Unicode text has them."""
    rows = [[p.email.upper(), p.first, p.last, p.role, f"{p.grade}.0" if p.grade else ""] for p in people]
    return table(["email", "first", "last", "role", "grade"], rows, "\t").encode("utf-16")


_ONEROSTER = ["sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username"]


def oneroster_11(people: list[Pupil]) -> bytes:
    """users.csv alone, with grades of two digits, and a list of organizations in one cell."""
    header = [*_ONEROSTER, "userIds", "givenName", "familyName", "middleName", "identifier", "email", "grades"]
    rows = [
        [
            *(f"u-{p.number}", "active", "2026-08-01", "true", "o-1,o-2", p.role, f"p{p.number}", ""),
            *(p.first, p.last, "", f"S{p.number}", p.email, f"{p.grade:02}" if p.grade else ""),
        ]
        for p in people
    ]
    return table(header, rows).encode()


def oneroster_12(people: list[Pupil]) -> bytes:
    """A zip file with users.csv and roles.csv: bulk files leave status empty, and roles stand apart."""
    users = [
        [f"u-{p.number}", "", "true", f"p{p.number}", p.first, p.last, p.email, str(p.grade or "")] for p in people
    ]
    header = ["sourcedId", "status", "enabledUser", "username", "givenName", "familyName", "email", "grades"]
    roles = [[f"r-{p.number}", f"u-{p.number}", "primary", p.role, "o-1"] for p in people]
    aside = [[f"x-{p.number}", f"u-{p.number}", "secondary", "guardian", "o-1"] for p in people[::9]]
    return zipped(
        {
            "users.csv": table(header, users),
            "roles.csv": table(["sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"], [*aside, *roles]),
            "manifest.csv": "propertyName,value\r\noneroster.version,1.2\r\n",
        }
    )


def oneroster_enrolled(people: list[Pupil]) -> bytes:
    """The same in a folder of the zip file, with enrollments beside it, whose classes the school has."""
    header = ["sourcedId", "givenName", "familyName", "email", "role", "grades"]
    users = [[f"u-{p.number}", p.first, p.last, p.email, p.role, str(p.grade or "")] for p in people]
    places = [[f"e-{p.number}", "c-9b", f"u-{p.number}", p.role] for p in people]
    return zipped(
        {
            "export/users.csv": table(header, users),
            "export/enrollments.csv": table(["sourcedId", "classSourcedId", "userSourcedId", "role"], places),
        }
    )


def moodle(people: list[Pupil]) -> bytes:
    """Moodle's upload of users, with a password that must go nowhere; role and grade are its profile fields."""
    header = ["username", "password", "firstname", "lastname", "email", "role", "grade", "cohort1"]
    rows = [
        [f"p{p.number}", "Pa55-word-canary", p.first, p.last, p.email, p.role, str(p.grade or ""), "History 9B"]
        for p in people
    ]
    return table(header, rows).encode()


def canvas(people: list[Pupil]) -> bytes:
    """Canvas' users.csv: the whole name in one cell; bars, as an administrator chose them."""
    header = ["user_id", "login_id", "full_name", "email", "status", "role", "grade"]
    rows = [
        [f"c{p.number}", f"p{p.number}", f"{p.first} {p.last}", p.email, "active", p.role, str(p.grade or "")]
        for p in people
    ]
    return table(header, rows, "|").encode()


def old_spreadsheet(people: list[Pupil]) -> bytes:
    """Windows-1252, every cell in quotes, colons between them, and old Macintosh's line ends."""
    lines = ['"Last Name":"First Name":"E-Mail":"Role":"Grade Level"']
    lines += [f'"{p.last}":"{p.first}":" {p.email} ":"{p.role}":"{p.grade or ""}"' for p in people]
    return "\r".join(lines).encode("cp1252")


def zipped(files: dict[str, str | bytes]) -> bytes:
    """Make a zip file."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


DIALECTS = {
    "first document": first_document,
    "second document": second_document,
    "third document": third_document,
    "OneRoster 1.1": oneroster_11,
    "OneRoster 1.2, zipped": oneroster_12,
    "OneRoster, enrolled": oneroster_enrolled,
    "Moodle": moodle,
    "Canvas": canvas,
    "an old spreadsheet": old_spreadsheet,
}
