"""Changes what a function of the ledger says, by its text: a revision names what stands there, and what then does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    #: By the name of a function: texts before and after.
    Changes = Mapping[str, Sequence[tuple[str, str]]]

_DEFINITION = b"""
SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'bellwork'::regnamespace AND proname = %s
"""


def change_functions(conn: Connection, changes: Changes) -> None:
    """Replace texts in functions of the schema bellwork, of one signature each.

    Each text before stands once in what a release has made; raises RuntimeError where it does not, with nothing changed
    in that function.
    """
    driver = psycopg_of(conn)
    for name, texts in changes.items():
        ((definition,),) = driver.execute(_DEFINITION, (name,)).fetchall()
        for before, after in texts:
            if (found := definition.count(before)) != 1:
                msg = f"bellwork.{name} is not a release's own: {before!r} stands in it {found} times"
                raise RuntimeError(msg)
            definition = definition.replace(before, after)
        driver.execute(definition.encode())


def change_back(conn: Connection, changes: Changes) -> None:
    """Undo `change_functions`."""
    change_functions(conn, {name: [(after, before) for before, after in texts] for name, texts in changes.items()})
