"""What columns are called: every known name, by the sources that use it, and the delimiter that makes most of them.

The names are those of the platform's own documents (student_id, first, last, email, grade; first, last, email, role,
grade, school; email, first, last, role, grade), of OneRoster 1.1 and 1.2 (users.csv), of Moodle (upload users) and of
Canvas (SIS imports, users.csv). Case, spaces, underscores and hyphens do not count.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, NamedTuple

from bellwork.tasks.content.lists.fault import FileRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: By field the names of its column, those that count first before the others.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "emailaddress", "mail"),
    "first": ("first", "firstname", "givenname"),
    "last": ("last", "lastname", "familyname", "surname"),
    "full": ("fullname",),
    "role": ("role",),
    "grade": ("grade", "gradelevel", "grades"),
    "number": ("studentid", "identifier", "idnumber", "userid", "username", "sourcedid", "loginid"),
    "source": ("sourcedid",),
    "class": ("class", "classname", "classid", "cohort1"),
    "school": ("school",),
    "status": ("status",),
    "enabled": ("enableduser",),
    "suspended": ("suspended",),
    "deleted": ("deleted",),
    "password": ("password",),
}
DELIMITERS = (",", ";", "\t", "|", ":")
_KNOWN = frozenset(name for names in FIELDS.values() for name in names)
#: Which names tell whose file it is; the platform's own documents have none of these.
_FORMATS = (
    ("oneroster", ("sourcedid", "givenname")),
    ("moodle", ("username", "firstname", "lastname")),
    ("canvas", ("userid", "loginid")),
    ("canvas", ("userid", "fullname")),
)
_SHOWN = 12


class Header(NamedTuple):
    """The first row of a file: how many cells it has, and in which of them each field stands, from 0."""

    cells: int
    places: Mapping[str, int]
    format: str


def plain_name(cell: str) -> str:
    """Return a column's name as it is compared."""
    return "".join(letter for letter in cell.casefold() if letter.isalnum())


def choose_delimiter(line: str) -> str:
    """Return the delimiter that makes most known names of a header; of equals the first of DELIMITERS."""
    return max(DELIMITERS, key=lambda delimiter: len(_known(_cells(line, delimiter))))


def read_header(cells: Sequence[str]) -> Header:
    """Find the fields by their columns' names; raises FileRefused where one is missing, or stands there twice."""
    names = [plain_name(cell) for cell in cells]
    known = [name for name in names if name in _KNOWN]
    if not known:
        raise FileRefused(
            "the first row names no column that is known; it has to name them, such as"
            " first,last,email,role,grade (row 1 is the header)"
        )
    for name in known:
        if names.count(name) > 1:
            at = [str(place) for place, each in enumerate(names, 1) if each == name]
            raise FileRefused(f"the columns {' and '.join(at)} have one name, {name!r}; leave one of them out")
    places = {field: place for field, each in FIELDS.items() if (place := _place(names, each)) is not None}
    lacking = [] if "email" in places else ["email"]
    if not {"first", "last"} <= places.keys() and "full" not in places:
        lacking += [field for field in ("first", "last") if field not in places]
    if lacking:
        found = ", ".join(dict.fromkeys(known[:_SHOWN]))
        raise FileRefused(
            f"the first row names no column {' and no '.join(map(repr, lacking))}; known in it are {found}"
        )
    return Header(len(cells), places, _format(set(names)))


def read_columns(cells: Sequence[str], wanted: Sequence[str], file: str) -> dict[str, int]:
    """Find columns of a file beside users.csv by their names; raises FileRefused where one is missing."""
    names = [plain_name(cell) for cell in cells]
    if lacking := [name for name in wanted if name not in names]:
        raise FileRefused(f"{file} names no column {lacking[0]!r}")
    return {name: names.index(name) for name in wanted} | {
        name: names.index(name) for name in ("status", "roletype") if name in names
    }


def _place(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _known(cells: Sequence[str]) -> set[str]:
    return {plain_name(cell) for cell in cells} & _KNOWN


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)


def _format(names: set[str]) -> str:
    return next((word for word, telling in _FORMATS if names.issuperset(telling)), "list")
