"""The archives that rows leave in: a parcel is named before its file exists, and opened only once it was verified.

writing    its file may exist, or half an upload of it         verified   the file was read back: its rows may go
done       its rows are gone, but for those that changed        broken     its file is no good; no row went by it
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import RetentionRule

# The storage keeps what was there first, so no key is ever used twice: not even by a database that was set back to a
# backup, and hands out the same numbers again.
_BEGIN = text("""
INSERT INTO bellwork.retention_parcels (rule, origin, key) VALUES (:rule, :origin, '')
RETURNING id, to_char(now(), 'YYYY-MM-DD') AS day, left(CAST(gen_random_uuid() AS text), 8) AS mark
""")
_NAME = text("UPDATE bellwork.retention_parcels SET key = :key WHERE id = :id")
_VERIFY = text("""
UPDATE bellwork.retention_parcels SET state = 'verified', url = :url, rows = :rows, bytes = :bytes, sha256 = :sha256,
    digest = :digest, verified_at = now()
WHERE id = :id AND state = 'writing' RETURNING id
""")
_REMOVED = text("""
UPDATE bellwork.retention_parcels SET tried = tried + :tried, removed = removed + :removed
WHERE id = :id AND state = 'verified' RETURNING id
""")
_DONE = text("""
UPDATE bellwork.retention_parcels SET state = 'done', done_at = now() WHERE id = :id AND state = 'verified'
""")
_BREAK = text("""
UPDATE bellwork.retention_parcels SET state = 'broken', reason = left(:reason, 1000)
WHERE id = :id AND state IN ('writing', 'verified')
""")
_OPEN = text("""
SELECT id, key, coalesce(rows, 0) AS rows, coalesce(sha256, '') AS sha256, coalesce(digest, '') AS digest, tried
FROM bellwork.retention_parcels WHERE rule = :rule AND state = :state ORDER BY id
""")


class ParcelError(RuntimeError):
    """A parcel is not in the state that this step starts from: another sweep has gone on with it."""


@dataclass(frozen=True)
class Parcel:
    """An archive of rows: its key in the storage, what it must hold once it was verified, and how far one has come."""

    id: int
    key: str
    rows: int = 0
    sha256: str = ""
    digest: str = ""
    tried: int = 0


@dataclass(frozen=True)
class Evidence:
    """What was found when a parcel's file was read back."""

    url: str
    rows: int
    bytes: int
    sha256: str
    digest: str


def begin_parcel(conn: Connection, rule: RetentionRule) -> Parcel:
    """Enter a parcel and name its file; commit before the file is stored."""
    row = conn.execute(_BEGIN, {"rule": rule.key, "origin": f"{rule.system}.{rule.table}"}).one()
    folder = f"archive/{rule.system}/{rule.table}/{row.day}"
    parcel = Parcel(row.id, f"{folder}/parcel-{row.id:08d}-{row.mark}.parquet")
    conn.execute(_NAME, {"id": parcel.id, "key": parcel.key})
    return parcel


def verify_parcel(conn: Connection, parcel: Parcel, evidence: Evidence) -> Parcel:
    """Note what was read back: from now on rows may go by it; raises ParcelError unless it was being written."""
    if conn.execute(_VERIFY, {"id": parcel.id, **asdict(evidence)}).one_or_none() is None:
        raise ParcelError(f"the parcel {parcel.id} is no longer being written")
    return Parcel(parcel.id, parcel.key, evidence.rows, evidence.sha256, evidence.digest)


def note_removed(conn: Connection, parcel: Parcel, *, tried: int, removed: int) -> None:
    """Count rows that went, in the transaction in which they go; raises ParcelError unless it was verified."""
    if conn.execute(_REMOVED, {"id": parcel.id, "tried": tried, "removed": removed}).one_or_none() is None:
        raise ParcelError(f"the parcel {parcel.id} is not verified, so no row may go by it")


def finish_parcel(conn: Connection, parcel: Parcel) -> None:
    """Close a parcel whose rows are gone."""
    conn.execute(_DONE, {"id": parcel.id})


def break_parcel(conn: Connection, parcel: Parcel, reason: str) -> None:
    """Give a parcel up, with the reason: its rows stay, and go into another one."""
    conn.execute(_BREAK, {"id": parcel.id, "reason": reason})


def verified_parcels(conn: Connection, rule: RetentionRule) -> list[Parcel]:
    """List the parcels whose rows may go, the oldest first."""
    return _listed(conn, rule, "verified")


def abandoned_parcels(conn: Connection, rule: RetentionRule) -> list[Parcel]:
    """List the parcels that were begun and not stored; while the rule's lease is held, none is being written."""
    return _listed(conn, rule, "writing")


def _listed(conn: Connection, rule: RetentionRule, state: str) -> list[Parcel]:
    return [Parcel(*row) for row in conn.execute(_OPEN, {"rule": rule.key, "state": state})]
