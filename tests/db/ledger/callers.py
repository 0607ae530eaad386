"""The ledger's SQL functions as callers of every language use them, and how a refusal is told."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.ledger import register_actors
from bellwork.db.ledger.as_caller import forget_rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

ACTOR = "t.callers"
_ENQUEUE = text(
    "SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb), :queue, :priority, CAST(:run_at AS timestamptz), :key)"
)
_DEFAULTS = {"actor": ACTOR, "args": "{}", "queue": None, "priority": None, "run_at": None, "key": None}


def register(conn: Connection, actor: str = "t.x", allowed: str = "everyone", **columns: Any) -> None:
    """Let the ledger know an actor, as a worker that has it does."""
    row = {"name": actor, "queue": "default", "priority": 0, "lane": "long", "callers": allowed, **columns}
    register_actors(conn, [row])


def become(conn: Connection, login: str, role: str = "bellwork_api") -> None:
    """Go on as a login that is a member of `role`, until the test's transaction is undone; it is made if need be."""
    conn.execute(text("RESET SESSION AUTHORIZATION"))
    if not conn.execute(text("SELECT to_regrole(:login)"), {"login": f'"{login}"'}).scalar():
        conn.execute(text(f'CREATE ROLE "{login}" IN ROLE {role}'))
    conn.execute(text(f'SET LOCAL SESSION AUTHORIZATION "{login}"'))
    forget_rights(conn)


def enqueue(conn: Connection, **given: Any) -> int:
    """Call bellwork.enqueue; `args` and `run_at` are texts, as they come from outside."""
    return int(conn.execute(_ENQUEUE, {**_DEFAULTS, **given}).scalar_one())


def enqueue_many(conn: Connection, jobs: Any) -> int:
    """Call bellwork.enqueue_many with anything that JSON can say, or with JSON text."""
    asked = {"jobs": jobs if isinstance(jobs, str) else json.dumps(jobs)}
    return int(conn.execute(text("SELECT bellwork.enqueue_many(CAST(:jobs AS jsonb))"), asked).scalar_one())


def cancel(conn: Connection, job: Any, reason: str | None = None) -> bool:
    """Call bellwork.cancel with an id as it comes from outside."""
    asked = {"job": str(job), "reason": reason}
    return bool(conn.execute(text("SELECT bellwork.cancel(CAST(:job AS bigint), :reason)"), asked).scalar_one())


def waiting(conn: Connection) -> int:
    """Count the unfinished jobs as this transaction sees them."""
    return int(conn.execute(text("SELECT count(*) FROM bellwork.jobs")).scalar_one())


@contextmanager
def refused(conn: Connection, sqlstate: str, words: str | None = None) -> Iterator[None]:
    """Expect the block to be refused with this SQLSTATE and these words, in a savepoint: the session goes on."""
    with pytest.raises(DBAPIError, match=words) as told, conn.begin_nested():
        yield
    assert sqlstate == getattr(told.value.orig, "sqlstate", None), told.value.orig
