"""The containers of one host by their rows, to be held against those that the host has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from bellwork.db.courses.labs.begin import ToRelease
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_HOSTS = """
SELECT DISTINCT host FROM {courses}.lab_containers WHERE state <> 'gone'
"""
_READ = """
SELECT c.container_id, c.state, c.lab_session_id, c.reset_no, s.status IN ('provisioning', 'running', 'paused') AS lives
FROM {courses}.lab_containers c JOIN {courses}.lab_sessions s ON s.id = c.lab_session_id
WHERE c.host = :host AND (c.state <> 'gone' OR c.container_id = ANY(CAST(:held AS text[])))
"""
_LET_GO = """
UPDATE {courses}.lab_containers SET state = 'releasing', changed_at = now()
WHERE container_id = :container AND state IN ('asked', 'running') RETURNING container_id, host
"""
_UNWANTED = """
WITH unwanted AS (
    SELECT c.id, c.container_id, c.host
    FROM {courses}.lab_containers c JOIN {courses}.lab_sessions s ON s.id = c.lab_session_id
    WHERE c.container_id = :container
      AND (s.status IN ('completed', 'expired', 'failed') OR s.reset_count <> c.reset_no)
), let_go AS (
    UPDATE {courses}.lab_containers c SET state = 'releasing', changed_at = now()
    FROM unwanted WHERE c.id = unwanted.id AND c.state IN ('asked', 'running')
)
SELECT container_id, host FROM unwanted
"""
_ENDED = """
SELECT s.id FROM {courses}.lab_containers c JOIN {courses}.lab_sessions s ON s.id = c.lab_session_id
WHERE c.container_id = :container AND c.reset_no = s.reset_count AND s.started_at IS NOT NULL
  AND s.status IN ('completed', 'expired', 'failed')
"""
_GONE = """
UPDATE {courses}.lab_containers SET state = 'gone', changed_at = now()
WHERE container_id = :container AND state = 'releasing'
"""


class Container(NamedTuple):
    """A container as its row has it; `lives` says that its session does."""

    container_id: str
    state: str
    session_id: UUID
    reset_no: int
    lives: bool


def hosts(conn: Connection) -> list[str]:
    """Name the hosts that have containers, or had some when somebody looked last."""
    return [str(row.host) for row in conn.execute(sql(_HOSTS))]


def read_containers(conn: Connection, host: str, held: Sequence[str]) -> list[Container]:
    """Return the containers of a host that are not gone, and those of `held` that are by their rows."""
    return [Container(*row) for row in conn.execute(sql(_READ), {"host": host, "held": list(held)})]


def let_go(conn: Connection, container: str) -> list[ToRelease]:
    """Mark a container as releasing; returns it, or nothing where that is on its way."""
    return [ToRelease(*row) for row in conn.execute(sql(_LET_GO), {"container": container})]


def unwanted(conn: Connection, container: str) -> list[ToRelease]:
    """Return a container whose session is over or was reset, whatever its row says: somebody may just have made it.

    Nothing where its session lives in it. A session that ends later lets its containers go by itself.
    """
    return [ToRelease(*row) for row in conn.execute(sql(_UNWANTED), {"container": container})]


def ended_session(conn: Connection, container: str) -> UUID | None:
    """Return the session that ended in a container, whose home is kept; None for one that was reset, or never ran."""
    found = conn.execute(sql(_ENDED), {"container": container}).scalar()
    return found if found is None else UUID(str(found))


def set_gone(conn: Connection, container: str) -> None:
    """Write down that nothing is left of a container that was releasing."""
    conn.execute(sql(_GONE), {"container": container})
