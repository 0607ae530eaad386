"""A row of a list as the database is given it, or why it is refused."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from bellwork.tasks.content.lists.address import Addresses
from bellwork.tasks.content.lists.fault import RowRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.tasks.content.lists.names import Header

#: Characters of an id in another system, as OneRoster's sourcedId.
SOURCE = 255
#: Characters that the tables take.
_NAME, _NUMBER, _CLASS = 100, 50, 255
#: A spreadsheet that opens an export of ours would run such a cell (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@")
#: What shapes letters in some scripts, and is no letter; all else of its kind is refused.
_JOINERS = frozenset("\u200c\u200d")
_GRADE = re.compile(r"0*([0-9]{1,3})(?:\.0+)?")
#: Words of other systems for what a list may make; all others are refused, in the words of the file.
_ROLES = {"student": "student", "teacher": "teacher", "learner": "student"}
#: OneRoster (status tobedeleted, inactive in 1.0), Canvas (deleted, suspended).
_LEAVES = frozenset({"tobedeleted", "deleted", "suspended", "inactive"})
_STAYS = frozenset({"", "active"})
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"", "false", "0", "no"})
_ODD_GRADE = 0


class Person(NamedTuple):
    """A row as `stage_people` takes it, without its number in front and its error behind."""

    email: str
    source_id: str | None
    student_id: str | None
    first_name: str
    last_name: str
    role: str | None
    grade_level: int | None
    class_name: str | None
    leaves: str


class People:
    """Makes persons of the rows of one file, of which `school` are the names that its own school goes by."""

    def __init__(self, header: Header, school: frozenset[str]) -> None:
        self._header, self._school, self._addresses = header, school, Addresses()
        self._decodes = header.format == "moodle"

    def read(self, cells: Sequence[str]) -> Person | None:
        """Return the person of a row, None for one of empty cells; raises RowRefused."""
        places = self._header.places
        if len(cells) != self._header.cells:
            cells = self._fitted(cells)
        written = cells[places["email"]]
        if not written.strip() and not any(map(str.strip, cells)):
            return None
        found = {field: self._text(cells[place], field) for field, place in places.items() if field != "password"}
        if (school := found.get("school")) and school.casefold() not in self._school:
            raise RowRefused("the row names another school than the upload's")
        first, last = self._names(found)
        email = self._addresses.clean(found["email"])
        number, listed, source = found.get("number"), found.get("class"), found.get("source")
        return Person(
            email,
            _short(source, SOURCE, "sourcedId") if source else None,
            _short(number, _NUMBER, "student number") if number else None,
            _short(first, _NAME, "first name"),
            _short(last, _NAME, "last name"),
            _role(found.get("role", "")),
            _grade(found.get("grade", "")),
            _short(listed, _CLASS, "class") if listed else None,
            "t" if _leaves(found) else "f",
        )

    def _fitted(self, cells: Sequence[str]) -> Sequence[str]:
        wanted = self._header.cells
        if len(cells) > wanted and not any(map(str.strip, cells[wanted:])):
            return cells[:wanted]
        raise RowRefused(f"the row has {len(cells)} cells, and the header {wanted}")

    def _text(self, cell: str, field: str) -> str:
        """Return a cell without spaces around it; raises RowRefused for what no table should hold."""
        text = " ".join(cell.split())
        if self._decodes and "&" in text:
            text = html.unescape(text)
        if not text:
            return text
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if not text.isprintable() and any(not each.isprintable() and each not in _JOINERS for each in text):
            raise RowRefused(f"the column of {field!r} holds a character that cannot be printed")
        if "\ufffd" in text:
            raise RowRefused(f"the column of {field!r} holds a letter that was lost when the file was saved")
        if text.startswith(_FORMULA):
            raise RowRefused(f"the column of {field!r} begins with {text[0]!r}, as a formula does")
        return text

    @staticmethod
    def _names(found: dict[str, str]) -> tuple[str, str]:
        first, last = found.get("first", ""), found.get("last", "")
        if not (first and last) and (full := found.get("full")):
            first, _, last = full.rpartition(" ")
        if not first or not last:
            raise RowRefused(f"there is no {'last' if first else 'first'} name")
        return first, last


def role_of(word: str) -> str:
    """Return the role that a file's word means, or the word, which the database then refuses."""
    plain = word.strip().casefold()
    return _ROLES.get(plain, plain[:_NUMBER])


def _role(word: str) -> str | None:
    return role_of(word) if word else None


def _grade(written: str) -> int | None:
    """Return a grade as a number, the highest of several (OneRoster lists them); one that is none is 0."""
    if not written:
        return None
    grades = [_GRADE.fullmatch(each.strip()) for each in written.split(",")]
    return max((int(each[1]) for each in grades if each), default=_ODD_GRADE)


def _leaves(found: dict[str, str]) -> bool:
    status = found.get("status", "").casefold()
    if status not in _LEAVES | _STAYS:
        raise RowRefused("the status is none that is known: active, tobedeleted, deleted, suspended")
    enabled = _flag(found.get("enabled", "") or "true", "enabledUser")
    return (
        status in _LEAVES or not enabled or any(_flag(found.get(each, ""), each) for each in ("suspended", "deleted"))
    )


def _flag(word: str, field: str) -> bool:
    plain = word.casefold()
    if plain not in _TRUE | _FALSE:
        raise RowRefused(f"the column of {field!r} is neither true nor false")
    return plain in _TRUE


def _short(text: str, most: int, what: str) -> str:
    if len(text) > most:
        raise RowRefused(f"the {what} is longer than {most} characters")
    return text
