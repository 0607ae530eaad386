"""What `bellwork doctor` asks of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KNOWN = text("SELECT EXISTS (SELECT FROM bellwork.actors WHERE name = :actor)")
_ENQUEUE = text("SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb), :queue, :priority, :run_at, :unique_key)")
_NEW = text("SELECT created_at = now() FROM bellwork.jobs WHERE id = :id")


def server_version(conn: Connection) -> tuple[int, str]:
    """Return PostgreSQL's major version and its full name of the version."""
    number = int(conn.execute(text("SELECT current_setting('server_version_num')")).scalar_one())
    return number // 10_000, str(conn.execute(text("SELECT current_setting('server_version')")).scalar_one())


def is_registered(conn: Connection, actor: str) -> bool:
    """Tell whether any worker ever registered this actor."""
    return bool(conn.execute(_KNOWN, {"actor": actor}).scalar_one())


def enqueue_by_name(conn: Connection, job: dict[str, Any]) -> tuple[int, bool]:
    """Enqueue a job as SQL callers do; returns its id, and False where an unfinished job already held its key."""
    found = int(conn.execute(_ENQUEUE, job).scalar_one())
    return found, bool(conn.execute(_NEW, {"id": found}).scalar())
