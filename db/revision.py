"""Which revision of the schema the database has, and which of them this release knows.

Every process asks this at its start, so it is read from the table and from the folder: Alembic alone takes a fifth of a
worker's start to import.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import text

from db.engine import engine

VERSIONS = Path(__file__).parent / "migrations" / "versions"
_TABLE = "bellwork.alembic_version"


def current() -> str | None:
    """Return the revision of the database; None where no migration ever ran."""
    with engine().connect() as connection:
        if connection.execute(text("SELECT to_regclass(:table)"), {"table": _TABLE}).scalar_one() is None:
            return None
        found: str | None = connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar()  # noqa: S608
        return found


def head() -> str:
    """Return the newest revision that this release knows."""
    return max(known())


def is_current() -> bool:
    """Tell whether the database stands at this release's newest revision."""
    return current() == head()


def is_ahead() -> bool:
    """Tell whether a newer release has migrated the database: its revision is unknown here, and comes after the head.

    Revisions are numbers of four digits. A release's migrations leave what the release before it needs (they expand;
    only the one after may contract), so this one goes on working.
    """
    found = current()
    return found is not None and found not in known() and found > head()


@cache
def known() -> frozenset[str]:
    """List the revisions that this release knows; each is a file that begins with its number."""
    return frozenset(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))
