"""What jobs and letters know of a person is erased: by their labels first, then by a look at every finished job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_PARTS = b"""
SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'bellwork.finished_jobs'::regclass ORDER BY 1
"""
# Of a job that belongs to another subject, or to none, it is not known whether it can be done without.
_LEFT = b"""
SELECT count(*) FROM bellwork.jobs
WHERE jsonb_path_exists(args, '$.** ? (@ == $name)', jsonb_build_object('name', %s::text))
   OR jsonb_path_exists(options, '$.** ? (@ == $name)', jsonb_build_object('name', %s::text))
"""
# Who writes jobs in a transaction has this lock until its end; where that is prepared no process has it.
_ENQUEUING = b"""
SELECT CASE WHEN pid IS NULL THEN 'prepared' ELSE virtualtransaction END FROM pg_locks
WHERE relation = 'bellwork.jobs'::regclass AND mode = 'RowExclusiveLock' AND granted
  AND pid IS DISTINCT FROM pg_backend_pid()
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def mark_erased(conn: Connection, names: Sequence[str]) -> None:
    """Let jobs of these subjects end at their insert, and letters to them not be sent, from the commit on."""
    psycopg_of(conn).execute(b"SELECT bellwork.mark_erased(%s)", (list(names),))


def lift_erasure(conn: Connection, subject: str) -> bool:
    """Let jobs of a subject run again, and letters go; False where it was not marked."""
    return bool(_value(conn, b"SELECT bellwork.lift_erasure(%s)", subject))


def enqueuing(conn: Connection) -> set[str]:
    """Name the other transactions that write jobs just now, by their virtual ids; all that are prepared by one word."""
    return {row[0] for row in psycopg_of(conn).execute(_ENQUEUING).fetchall()}


def still_enqueuing(conn: Connection, before: set[str]) -> int:
    """Count those of `before` that are open yet; prepared ones, which may have been among them, count as one."""
    return len((before | {"prepared"}) & enqueuing(conn))


def erasure_hash(conn: Connection, subject: str) -> str:
    """Return the hash, keyed by this ledger, by which operators' acts name an erased subject."""
    return str(_value(conn, b"SELECT bellwork.erasure_hash(%s)", subject))


def erase_jobs(conn: Connection, names: Sequence[str], why: str) -> dict[str, int]:
    """Cancel the unfinished jobs of subjects and keep nothing of what they carry; returns how many waited and ran.

    An attempt that runs loses its lease: it can write nothing to the ledger any more, but is not stopped.
    """
    return _counts(conn, b"SELECT * FROM bellwork.erase_jobs(%s, %s)", list(names), why)


def erase_history(conn: Connection, names: Sequence[str]) -> int:
    """Erase what finished jobs labelled with these subjects carried, by an index; returns how many."""
    return int(_value(conn, b"SELECT bellwork.erase_history(%s)", list(names)))


def history_parts(conn: Connection) -> list[str]:
    """List the partitions of the history, for `erase_mentions`."""
    return [row[0] for row in psycopg_of(conn).execute(_PARTS).fetchall()]


def erase_mentions(conn: Connection, part: str, subject: str, names: Sequence[str]) -> int:
    """Erase what else finished jobs of a partition know: those without a label, and those with the subject as a value.

    Reads the whole partition. Returns how many.
    """
    return int(_value(conn, b"SELECT bellwork.erase_mentions(%s::regclass, %s, %s)", part, subject, list(names)))


def count_mentions(conn: Connection, subject: str) -> int:
    """Count the unfinished jobs that have the subject as a value in their arguments; reads all of them."""
    return int(_value(conn, _LEFT, subject, subject))


def erase_letters(conn: Connection, names: Sequence[str]) -> dict[str, int]:
    """Erase letters to these persons, or about them; returns how many waited, were settled, and are being sent.

    The last ones stay as they are: who sends them needs them.
    """
    return _counts(conn, b"SELECT * FROM bellwork.erase_letters(%s)", list(names))


def _value(conn: Connection, statement: bytes, *given: object) -> Any:
    ((value,),) = psycopg_of(conn).execute(statement, given).fetchall()
    return value


def _counts(conn: Connection, statement: bytes, *given: object) -> dict[str, int]:
    return dict(psycopg_of(conn).execute(statement, given).fetchall())
