"""Which revisions of the schema the database has, and which this release knows: the ledger's, and each system's.

Every process asks this at its start, so it is read from tables and from folders: Alembic alone takes a fifth of a
worker's start to import. A revision line has a table of its own: the ledger's stays where every release
looks for it, and none of the others can keep the ledger's from being read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import engine
from bellwork.db.systems import SystemsError, systems

if TYPE_CHECKING:
    from bellwork.db.vocabulary import System

#: The schema of all version tables, beside the ledger, so that a team's own alembic_version is not disturbed.
SCHEMA = "bellwork"
_STAND = text("SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NOT NULL")


@dataclass(frozen=True)
class RevisionLine:
    """A folder of revisions, 0001_what.py and so on in one line, and the table that says how far one has come."""

    word: str
    folder: Path
    table: str

    @property
    def qualified(self) -> str:
        """The table's name, with its schema."""
        return f"{SCHEMA}.{self.table}"


@dataclass(frozen=True)
class Behind:
    """A line that a database has not come to the end of; `found` is None where it was never begun."""

    line: RevisionLine
    found: str | None

    def __str__(self) -> str:
        """Say what is there and what is needed."""
        needed = f"this release needs {head(self.line)}"
        if self.line is LEDGER:
            found = self.found or "none of Bellwork's tables"
            return f"{found}, {needed}"
        return f"the system {self.line.word!r} at {self.found or 'no revision'}, {needed}"


LEDGER = RevisionLine(SCHEMA, Path(__file__).parent / "migrations" / "versions", "alembic_version")


def revision_lines() -> tuple[RevisionLine, ...]:
    """Return the ledger's line and one for each system that has versions, in the order in which they are brought up."""
    return (LEDGER, *(revision_line_of(each) for each in systems() if each.versions))


def revision_line_of(system: System) -> RevisionLine:
    """Return a system's line; raises SystemsError where its folder is not there."""
    spec = find_spec(system.versions) if system.versions else None
    if spec is None or not spec.submodule_search_locations:
        raise SystemsError(f"the system {system.word!r} has no folder of versions {system.versions!r}")
    return RevisionLine(
        system.word, Path(next(iter(spec.submodule_search_locations))), f"alembic_version_{system.word}"
    )


def current(line: RevisionLine = LEDGER) -> str | None:
    """Return the revision of the database; None where no migration ever ran."""
    return _found(line)[line]


def found_revisions() -> dict[str, str | None]:
    """Return the revision of the database in each line, by its word."""
    return {line.word: found for line, found in _found(*revision_lines()).items()}


def head(line: RevisionLine = LEDGER) -> str:
    """Return the newest revision that this release knows."""
    return max(known(line))


def is_current() -> bool:
    """Tell whether the database stands at this release's newest revision, in every line."""
    return all(found == head(line) for line, found in _found(*revision_lines()).items())


def is_ahead(line: RevisionLine = LEDGER) -> bool:
    """Tell whether a newer release has migrated the database: its revision is unknown here, and comes after the head.

    Revisions are numbers of four digits. A release's migrations leave what the release before it needs (they expand;
    only the one after may contract), so this one goes on working.
    """
    return _is_ahead(line, current(line))


def behind() -> list[Behind]:
    """List the revision lines that need a migration before this release can work; one that is ahead needs none."""
    return [
        Behind(line, found)
        for line, found in _found(*revision_lines()).items()
        if found != head(line) and not _is_ahead(line, found)
    ]


@cache
def known(line: RevisionLine = LEDGER) -> frozenset[str]:
    """List the revisions that this release knows; each is a file that begins with its number."""
    found = frozenset(path.name.partition("_")[0] for path in line.folder.glob("[0-9][0-9][0-9][0-9]_*.py"))
    if not found:
        raise SystemsError(
            f"the system {line.word!r} has no revision in {line.folder}: none is named like 0001_what.py"
        )
    return found


def _is_ahead(line: RevisionLine, found: str | None) -> bool:
    return found is not None and found not in known(line) and found > head(line)


def _found(*asked: RevisionLine) -> dict[RevisionLine, str | None]:
    """Return the revision in each line, in two round trips."""
    with engine().connect() as connection:
        standing = set(connection.execute(_STAND, {"names": [line.qualified for line in asked]}).scalars())
        parts = [
            f"SELECT '{line.table}', version_num FROM {line.qualified}"  # noqa: S608 - words of systems, which are names
            for line in asked
            if line.qualified in standing
        ]
        rows = connection.execute(text(" UNION ALL ".join(parts))).all() if parts else []
    versions: dict[str, str] = dict(rows)
    return {line: versions.get(line.table) for line in asked}
