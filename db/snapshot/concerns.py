"""What calls for people in the systems' own rows, as each system tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bellwork.db.systems import load, systems
from bellwork.db.vocabulary import Concern
from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import System

#: Of each system; what a person is to read is short.
MOST = 10


def list_concerns(conn: Connection) -> list[dict[str, Any]]:
    """Return what each system says calls for people, as plain values with its word; ten of each at most.

    A system that cannot say it stops no other: what it raised is its concern then.
    """
    return [
        {"system": each.word, **asdict(concern)}
        for each in systems()
        if each.concerns
        for concern in _asked(conn, each, each.concerns)
    ]


def _asked(conn: Connection, system: System, module: str) -> list[Concern]:
    try:
        with conn.begin_nested():
            return list(load(system, module).concerns(conn))[:MOST]
    # A module of a system's author may raise anything.
    except Exception as error:  # noqa: BLE001
        return [Concern(f"The system {system.word} cannot say what is wrong with its rows", words_of(error))]
