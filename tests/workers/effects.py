"""The product's table of these tests: what a job has written, to be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import transaction

if TYPE_CHECKING:
    from sqlalchemy import Connection


def create() -> None:
    """Create the table."""
    with transaction() as conn:
        conn.execute(text("CREATE TABLE effects (what text NOT NULL)"))


def write(conn: Connection, what: object) -> None:
    """Write one effect."""
    conn.execute(text("INSERT INTO effects VALUES (:what)"), {"what": str(what)})


def written() -> list[str]:
    """Return every committed effect, sorted."""
    with transaction() as conn:
        return sorted(conn.execute(text("SELECT what FROM effects")).scalars())
