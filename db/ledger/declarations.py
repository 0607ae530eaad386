"""Which table of a source's entries counts, where schedulers of several releases are at work side by side.

A table is known by its digest. Each scheduler announces the tables that it has loaded, again and again. Of those that
are announced the one counts that was seen first last: a new release's at once, and an older one's, which has come back
or was left behind, when every newer one has been silent for ten minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

#: Seconds. A table that was not announced for so long counts no more, and an older one counts that was, all the while:
#: longer than a container of a newer release may take to be started again (Kubernetes waits for 5 minutes at most).
SILENCE = 600
_MINE = "unnest(CAST(:sources AS text[]), CAST(:digests AS text[])) AS mine(source, digest)"
# A row that is locked is being renewed by another scheduler. What a clock that was an hour off set is no sign of life.
_RENEW = text(f"""
WITH free AS (
    SELECT id FROM bellwork.declarations d JOIN {_MINE} USING (source, digest) FOR UPDATE OF d SKIP LOCKED)
UPDATE bellwork.declarations d SET seen_at = clock_timestamp(),
    since = CASE WHEN abs(extract(epoch FROM clock_timestamp() - d.seen_at)) > :silence THEN clock_timestamp()
                 ELSE d.since END
FROM free WHERE d.id = free.id
""")  # noqa: S608 - the parameters stand above
_ADD = text(f"""
INSERT INTO bellwork.declarations (source, digest) SELECT source, digest FROM {_MINE} ON CONFLICT DO NOTHING
""")  # noqa: S608 - as above
_STATES = text(f"""
SELECT d.source, d.in_force, NOT EXISTS (
    SELECT FROM bellwork.declarations newer WHERE newer.source = d.source AND newer.id > d.id
    AND (abs(extract(epoch FROM clock_timestamp() - newer.seen_at)) <= :silence
         OR extract(epoch FROM clock_timestamp() - d.since) <= :silence)) AS counts
FROM bellwork.declarations d JOIN {_MINE} USING (source, digest)
""")  # noqa: S608 - as above
_RELIEVE = text("UPDATE bellwork.declarations SET in_force = false WHERE in_force AND source = ANY(:sources)")
_PUT_IN_FORCE = text(f"""
UPDATE bellwork.declarations d SET in_force = true FROM {_MINE} WHERE (d.source, d.digest) = (mine.source, mine.digest)
""")  # noqa: S608 - as above


class DeclarationState(NamedTuple):
    """Whether a scheduler's table of a source is the one that counts, and whether it is in force in the ledger."""

    counts: bool
    in_force: bool


def announce(conn: Connection, digests: Mapping[str, str]) -> dict[str, DeclarationState]:
    """Record that a scheduler has loaded these tables, by source, waiting for no lock; returns the state of each."""
    asked = _asked(digests)
    if conn.execute(_RENEW, {**asked, "silence": SILENCE}).rowcount < len(digests):
        conn.execute(_ADD, asked)
    return declaration_states(conn, digests)


def declaration_states(conn: Connection, digests: Mapping[str, str]) -> dict[str, DeclarationState]:
    """Return the state of announced tables, by source."""
    rows = conn.execute(_STATES, {**_asked(digests), "silence": SILENCE})
    return {row.source: DeclarationState(row.counts, row.in_force) for row in rows}


def put_in_force(conn: Connection, digests: Mapping[str, str]) -> None:
    """Record, under the calendar's lock, that these tables are in force in the ledger now."""
    for statement in (_RELIEVE, _PUT_IN_FORCE):
        conn.execute(statement, _asked(digests))


def _asked(digests: Mapping[str, str]) -> dict[str, Any]:
    return {"sources": list(digests), "digests": list(digests.values())}
