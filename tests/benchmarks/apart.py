"""A PostgreSQL where pg_partman is, which Debian installs for its own server alone; else the one of everybody."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg

from bellwork.db import engine, migrate
from bellwork.ops.embedded.account import postgres_account
from bellwork.ops.embedded.places import make_socket_dir
from bellwork.ops.embedded.postgres import Postgres
from bellwork.workers import due_set, top_up
from tests.db.catalog import run_script

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.benchmarks.arena import Arena

MISSING = "needs pg_partman (Debian, Ubuntu: apt-get install postgresql-15-partman)"


@dataclass(frozen=True)
class Ground:
    """A server of its own for what rewrites schemas: the URL of its database `bellwork`, and what it is."""

    url: str
    version: str
    has_partman: bool


class _Debian(Postgres):
    """Debian's server, run like the embedded one; releases before 17 know no built-in locale."""

    def _run(self, program: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return super()._run(program, *(word for word in arguments if "builtin" not in word), **options)


@contextmanager
def ground(arena: Arena) -> Iterator[Ground]:
    """Run the server for the length of the block; durable, as all are here."""
    if (bindir := _with_partman()) is None:
        yield Ground(arena.database_url, _version(arena.database_url), has_partman=False)
        return
    account = postgres_account()
    sockets = make_socket_dir(account)
    server = _Debian(bindir, sockets / "data", sockets, arena.log("apart"), account, durable=True, lock=2)
    try:
        server.start()
        yield Ground(server.url, _version(server.url), has_partman=True)
    finally:
        server.stop()
        shutil.rmtree(sockets)


@contextmanager
def database(there: Ground, template: str = "template1", **settings: str) -> Iterator[str]:
    """Give a new database for the length of the block, which DATABASE_URL and `settings` lead to; return its URL."""
    name = f"bench_{uuid4().hex}"
    _execute(there, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    url = there.url.replace("/bellwork?", f"/{name}?", 1)
    before = dict(os.environ)
    os.environ.update(DATABASE_URL=url, **settings)
    _forget()
    try:
        yield url
    finally:
        _forget()
        os.environ.clear()
        os.environ.update(before)
        _forget()
        _execute(there, f'DROP DATABASE "{name}" WITH (FORCE)')


def adopt() -> None:
    """Have vividly.md's own tables in the schema public, adopted."""
    with engine.transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        run_script(conn, "vividly_rows.sql", "public")
    migrate.upgrade()


def migrated() -> None:
    """Have the product's own schemas."""
    migrate.upgrade()


def name_of(url: str) -> str:
    """Return the name of the database that a URL leads to."""
    return url.partition(":///")[2].partition("?")[0]


def run(url: str, *statements: str) -> None:
    """Carry out statements, each by itself."""
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement.encode())


def _execute(there: Ground, statement: str) -> None:
    run(there.url, statement)


def _with_partman() -> Path | None:
    found = sorted(Path("/usr/share/postgresql").glob("*/extension/pg_partman.control"))
    places = [Path("/usr/lib/postgresql") / control.parents[1].name / "bin" for control in found]
    return next((place for place in reversed(places) if (place / "initdb").exists()), None)


def _version(url: str) -> str:
    with psycopg.connect(url) as conn:
        row: Any = conn.execute("SHOW server_version").fetchone()
    return str(row[0])


def _forget() -> None:
    engine.forget()
    due_set.forget()
    top_up.forget()
