"""A file as it was handed in: its rows, its header, and what other files in the same archive say of the same people."""

from __future__ import annotations

from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from bellwork.tasks.content.lists.archive import MOST, Archive
from bellwork.tasks.content.lists.fault import FileRefused, RowRefused
from bellwork.tasks.content.lists.names import DELIMITERS, Header, choose_delimiter, read_columns, read_header
from bellwork.tasks.content.lists.person import SOURCE, People, role_of
from bellwork.tasks.content.lists.records import Records
from bellwork.tasks.content.lists.text import WINDOWS, as_text, find_encoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from zipfile import ZipInfo

#: Rows that a list may have.
ROWS = 1_000_000
_ZIP = b"PK\x03\x04"
_EMPTY = (None,) * 8
_SPOKEN = dict(zip(DELIMITERS, ("comma", "semicolon", "tab", "bar", "colon"), strict=True))


@dataclass(frozen=True)
class Source:
    """What a file turned out to be. `people` and `facts` yield rows as the database takes them, and are read once.

    Both raise FileRefused where a file cannot be read to its end.
    """

    header: Header
    encoding: str
    delimiter: str
    people: Iterator[tuple[object, ...]]
    facts: Iterator[tuple[object, ...]]
    has_enrollments: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def spoken_delimiter(self) -> str:
        """The delimiter's name."""
        return _SPOKEN[self.delimiter]


@contextmanager
def opened(path: Path, school: frozenset[str]) -> Iterator[Source]:
    """Open a list, zipped or not; raises FileRefused with what is wrong with the whole of it."""
    with path.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
    if not is_zip and path.stat().st_size > MOST:
        raise FileRefused(f"the file is larger than {MOST >> 20} MB; hand it in in parts")
    with closing(Archive(path)) if is_zip else nullcontext() as archive:
        if archive is None:
            with _text(lambda: path.open("rb")) as (records, encoding):
                yield _source(records, encoding, school)
            return
        with _text(lambda: archive.open(archive.users)) as (records, encoding):
            yield _source(records, encoding, school, archive)


def _source(records: Records, encoding: str, school: frozenset[str], archive: Archive | None = None) -> Source:
    line = records.first_line()
    if not line:
        raise FileRefused("the file is empty")
    if "\0" in line:
        raise FileRefused("the file holds NUL characters: it is no list, or UTF-16 without its mark; save it as UTF-8")
    records.delimiter = choose_delimiter(line)
    _, cells, wrong = next(iter(records), (1, None, ""))
    if cells is None:
        raise FileRefused(f"the first row cannot be read: {wrong}" if wrong else "the file is empty")
    header = read_header([cell.lstrip("\ufeff") for cell in cells])
    warnings = []
    if encoding == WINDOWS:
        warnings.append(
            "the file is not UTF-8; it was read as Windows-1252: look at names with other letters than A to Z"
        )
    if "password" in header.places:
        warnings.append("the file has a column of passwords, which was not read; who is new is invited instead")
    facts = _facts(archive) if archive else iter(())
    enrolled = archive is not None and archive.enrollments is not None
    people = _people(records, People(header, school))
    return Source(header, encoding, records.delimiter, people, facts, enrolled, warnings)


def _people(records: Records, people: People) -> Iterator[tuple[object, ...]]:
    count = 0
    for number, cells, wrong in records:
        row: tuple[object, ...] | None
        if cells is None:
            row = (number, *_EMPTY, "f", wrong)
        else:
            try:
                person = people.read(cells)
            except RowRefused as refused:
                row = (number, *_EMPTY, "f", str(refused))
            else:
                row = None if person is None else (number, *person, None)
        if row is not None:
            count += 1
            if count > ROWS:
                raise FileRefused(f"the list has more than {ROWS:,} rows; hand it in in parts")
            yield row


def _facts(archive: Archive) -> Iterator[tuple[object, ...]]:
    """Yield roles (those that are primary first, for the first one counts) and classes of people."""
    if archive.roles:
        for first, each in (("primary", 0), ("", 1)):
            for number, cells, at in _beside(archive, archive.roles, ("usersourcedid", "role"), "roles.csv"):
                is_primary = "roletype" in at and cells[at["roletype"]].strip().lower() == "primary"
                if is_primary == bool(first):
                    place = number + each * 10 * ROWS
                    yield "role", place, cells[at["usersourcedid"]].strip(), role_of(cells[at["role"]])
    if archive.enrollments:
        wanted = ("usersourcedid", "classsourcedid", "role")
        for number, cells, at in _beside(archive, archive.enrollments, wanted, "enrollments.csv"):
            if role_of(cells[at["role"]]) == "student":
                yield "class", number, cells[at["usersourcedid"]].strip(), cells[at["classsourcedid"]].strip()


def _beside(
    archive: Archive, entry: ZipInfo, wanted: tuple[str, ...], name: str
) -> Iterator[tuple[int, list[str], dict[str, int]]]:
    """Yield the rows of a file beside users.csv that say something; what cannot be read of it says nothing."""
    with _text(lambda: archive.open(entry)) as (records, _):
        records.delimiter = choose_delimiter(records.first_line())
        at: dict[str, int] = {}
        for number, cells, _wrong in records:
            if not at:
                if cells is None:
                    raise FileRefused(f"the first row of {name} cannot be read")
                at = read_columns([cell.lstrip("\ufeff") for cell in cells], wanted, name)
            elif cells is not None and max(at.values()) < len(cells) and _counts(cells, at):
                yield number, cells, at
            if number > 10 * ROWS:
                raise FileRefused(f"{name} has more than {10 * ROWS:,} rows")


def _counts(cells: list[str], at: dict[str, int]) -> bool:
    """Tell whether a row is no deletion, and its values are texts that a table takes; no longer one is anybody's."""
    if "status" in at and cells[at["status"]].strip().lower() not in {"", "active"}:
        return False
    return all(cells[place].isprintable() and len(cells[place]) <= SOURCE for place in at.values())


@contextmanager
def _text(open_file: Callable[[], BinaryIO]) -> Iterator[tuple[Records, str]]:
    encoding = find_encoding(open_file)
    with open_file() as file, as_text(file, encoding) as text:
        yield Records(text), encoding
