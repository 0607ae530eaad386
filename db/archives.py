"""Which person is in which archive, and a file put in an archive's place without him: by compare-and-set, never lost.

A file's people are known by hashes that it was noted with; of a file of before that nothing is known, and it has to
be read. A file that was replaced is listed until it is deleted, so that one cut off in between is not forgotten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bellwork.db.partitions.catalog import qualified, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection

_NOTE = text("""
INSERT INTO bellwork.archive_people (url, people)
SELECT :url, coalesce(array_agg(hashtextextended(person, 0)), '{}') FROM unnest(CAST(:people AS text[])) AS person
ON CONFLICT (url) DO UPDATE SET people = excluded.people
""")
_MAY_HOLD = """(k.people IS NULL
    OR k.people && ARRAY(SELECT hashtextextended(name, 0) FROM unnest(CAST(:names AS text[])) AS name))"""
_PARTITIONS = text(f"""
SELECT 'partition' AS kind, p.parent AS origin, p.name AS id, p.state = 'dropped' AS is_settled, p.url, p.manifest_url,
       p.sha256, k.people IS NOT NULL AS is_known, p.namespace
FROM bellwork.partitions p LEFT JOIN bellwork.archive_people k ON k.url = p.url AND p.state = 'dropped'
WHERE p.leaves_by = 'archive' AND p.state <> 'attached' AND (p.url IS NOT NULL OR p.state <> 'dropped') AND {_MAY_HOLD}
ORDER BY p.parent, p.name
""")  # noqa: S608 - a condition of ours
_PARCELS = text(f"""
SELECT 'parcel' AS kind, c.rule AS origin, CAST(c.id AS text) AS id, c.state = 'done' AS is_settled, c.url,
       NULL AS manifest_url, c.sha256, k.people IS NOT NULL AS is_known, NULL AS namespace
FROM bellwork.retention_parcels c LEFT JOIN bellwork.archive_people k ON k.url = c.url
WHERE c.state IN ('writing', 'verified', 'done') AND {_MAY_HOLD} ORDER BY c.id
""")  # noqa: S608 - as above
_SWITCH = {
    "partition": text("""
UPDATE bellwork.partitions SET url = :url, manifest_url = :manifest_url, rows = :rows, bytes = :bytes, sha256 = :sha256,
    digest = :digest, min_id = :min_id, max_id = :max_id, verified_at = now()
WHERE parent = :origin AND name = :id AND state = 'dropped' AND url = :old_url AND sha256 = :old_sha256 RETURNING name
"""),
    "parcel": text("""
UPDATE bellwork.retention_parcels SET url = :url, key = :key, rows = :rows, bytes = :bytes, sha256 = :sha256,
    digest = :digest, tried = least(tried, :rows), removed = least(removed, :rows), verified_at = now()
WHERE id = CAST(:id AS bigint) AND state = 'done' AND url = :old_url AND sha256 = :old_sha256 RETURNING id
"""),
}
_SUPERSEDE = text("""
WITH known AS (DELETE FROM bellwork.archive_people WHERE url = ANY(CAST(:urls AS text[])))
INSERT INTO bellwork.superseded_files (url) SELECT unnest(CAST(:urls AS text[])) ON CONFLICT DO NOTHING
""")
_SUPERSEDED = text("SELECT url FROM bellwork.superseded_files ORDER BY url")
_FORGET = text("DELETE FROM bellwork.superseded_files WHERE url = :url")


class Archive(NamedTuple):
    """An archive that may hold a person: of a `partition` of a table, or a `parcel` of a rule, which is its `origin`.

    It `is_settled` where its rows are nowhere else; `is_known` where it was noted who is in it.
    """

    kind: str
    origin: str
    id: str
    is_settled: bool
    url: str | None
    manifest_url: str | None
    sha256: str | None
    is_known: bool
    namespace: str | None


class NewFile(NamedTuple):
    """What takes an archive's place, as it was read back."""

    key: str
    url: str
    manifest_url: str | None
    rows: int
    bytes: int
    sha256: str
    digest: str
    min_id: int | None
    max_id: int | None


def note_people(conn: Connection, url: str, people: Collection[str]) -> None:
    """Note who is in the archive of this URL; once more replaces what was noted."""
    conn.execute(_NOTE, {"url": url, "people": list(people)})


def archives_of(conn: Connection, names: Sequence[str]) -> list[Archive]:
    """List the archives that may hold one of these ids: those noted with it, and those of which nothing is noted."""
    asked = {"names": list(names)}
    return [Archive(*row) for statement in (_PARTITIONS, _PARCELS) for row in conn.execute(statement, asked)]


def count_rows(conn: Connection, archive: Archive, columns: Sequence[str], names: Sequence[str]) -> int:
    """Count the rows of a partition on its way out that have one of these ids in a column; 0 where it is gone."""
    child = qualified(str(archive.namespace), archive.id)
    if conn.execute(text("SELECT to_regclass(:child)"), {"child": child}).scalar() is None:
        return 0
    where = " OR ".join(f"CAST({quoted(column)} AS text) = ANY(CAST(:names AS text[]))" for column in columns)
    statement = text(f"SELECT count(*) FROM {child} WHERE {where}")  # noqa: S608 - quoted names
    return int(conn.execute(statement, {"names": list(names)}).scalar_one())


def switch(conn: Connection, archive: Archive, new: NewFile, people: Collection[str]) -> bool:
    """Put a new file in an archive's place and list the old one to be deleted; False where it is not as it was seen."""
    asked = {
        **archive._asdict(),
        **{f"old_{name}": getattr(archive, name) for name in ("url", "sha256")},
        **new._asdict(),
    }
    if conn.execute(_SWITCH[archive.kind], asked).one_or_none() is None:
        return False
    conn.execute(_SUPERSEDE, {"urls": [url for url in (archive.url, archive.manifest_url) if url]})
    note_people(conn, new.url, people)
    return True


def superseded_files(conn: Connection) -> list[str]:
    """List the URLs of files that were replaced and may not have been deleted."""
    return list(conn.execute(_SUPERSEDED).scalars())


def forget_file(conn: Connection, url: str) -> None:
    """Note that a replaced file is gone."""
    conn.execute(_FORGET, {"url": url})
