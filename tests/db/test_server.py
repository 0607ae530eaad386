"""What the server brings is asked, not assumed: its defaults change nothing, and what cannot work says so."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import text

from bellwork.db import engine, migrate, server, sessions
from bellwork.db.partitions import create_ahead, missing_ahead
from bellwork.db.settings import SettingsError
from bellwork.db.systems import partitioned
from bellwork.ops.doctor import examine
from tests.faults.own_postgres import own_postgres
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

#: Defaults of a database that change how values are written or read by a session that asks for nothing.
ODD = {
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "bytea_output": "escape",
    "extra_float_digits": "-10",
    "timezone": "America/New_York",
}
_VALUES = text("SELECT now(), interval '-1 day -2 hours', 'ü→', '\\x00ff'::bytea, 0.1::float8 + 0.2::float8")


@contextmanager
def created(stack: Stack, options: str = "", **settings: str) -> Iterator[str]:
    """Create a database with options and defaults of its own; DATABASE_URL names it."""
    name = f"server_{os.getpid()}"
    with psycopg.connect(stack.database_url, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" {options}'.encode())
        for setting, value in settings.items():
            conn.execute(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'".encode())
        try:
            url = stack.database_url.replace("/bellwork?", f"/{name}?", 1)
            with environment(DATABASE_URL=url, REDIS_URL=stack.redis_url):
                yield url
        finally:
            conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def found(name: str) -> Any:
    """Return what the doctor says of one thing."""
    return next(finding for finding in examine() if finding.name == name)


def refused(*module: str) -> list[str]:
    """Start a process that has to refuse its server; returns the lines that it says."""
    ended = subprocess.run([sys.executable, "-m", *module], capture_output=True, text=True, timeout=60, check=False)
    assert 1 == ended.returncode, ended.stderr
    return (ended.stdout + ended.stderr).strip().splitlines()


def test_defaults_of_the_database_change_nothing(stack: Stack) -> None:
    """Dates, intervals, text, bytes and numbers are read as ever, partitions are made, and the doctor is content."""
    with created(stack, **ODD):
        migrate.upgrade()
        with engine.transaction() as conn:
            now, interval, words, content, number = conn.execute(_VALUES).one()
            made = [create_ahead(conn, table, 20) for table in partitioned()]
            missing = [missing_ahead(conn, table) for table in partitioned()]
        assert (timedelta(days=-1, hours=-2), "ü→", b"\x00\xff", 0.1 + 0.2) == (interval, words, content, number)
        assert timedelta() == now.utcoffset()
        assert all(made)
        assert not any(missing)
        assert sessions.examine() is None
        assert [] == [finding for finding in examine() if "partitions of" in finding.name and finding.kind != "ok"]


def test_a_pooled_role_has_to_bring_the_styles(stack: Stack) -> None:
    """Where nothing travels with a connection, each default that is odd is named with the statement that mends it."""
    with created(stack, **ODD), environment(POOLER="transaction"):
        mismatch = sessions.examine()
    assert mismatch is not None
    statements = mismatch.sql
    for name in ODD.keys() - {"client_encoding"}:
        assert any(f"SET {name} = " in statement.lower() or name in statement.lower() for statement in statements), name


def test_a_database_of_bytes_is_refused_by_everybody(stack: Stack) -> None:
    """SQL_ASCII: migrate, worker, scheduler and doctor say the encoding, in one line."""
    with created(stack, "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"):
        for command in (
            ["bellwork.ops.cli", "migrate"],
            ["dramatiq", "bellwork.workers.main", "--processes", "1"],
            ["bellwork.scheduler"],
        ):
            assert 1 == len([line for line in refused(*command) if "encoding is SQL_ASCII" in line]), command
        assert ("fail", True) == (found("postgresql").kind, "SQL_ASCII" in found("postgresql").said)


def test_a_database_of_few_characters_is_warned_of(stack: Stack) -> None:
    """LATIN1 works for its own characters; the doctor names it."""
    with created(stack, "TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"):
        server.check()
        assert ("warn", True) == (found("postgresql").kind, "LATIN1" in found("postgresql").said)


def test_sessions_that_may_only_read_are_refused(stack: Stack) -> None:
    """A database that an administrator has made read-only is named at the start, and by the doctor."""
    with created(stack, default_transaction_read_only="on"):
        with pytest.raises(SettingsError, match="default_transaction_read_only is on"):
            server.check()
        assert "fail" == found("postgresql").kind


def test_a_standby_is_refused_by_everybody(stack: Stack) -> None:
    """A server in recovery takes no writes: worker, scheduler, migrate and doctor say so and what to do."""
    with own_postgres(stack) as standby:
        standby.start()
        standby.stop("fast")
        (standby.data / "standby.signal").touch()
        standby.start()
        with environment(DATABASE_URL=standby.url, REDIS_URL=stack.redis_url):
            for command in (
                ["bellwork.ops.cli", "migrate"],
                ["dramatiq", "bellwork.workers.main", "--processes", "1"],
                ["bellwork.scheduler"],
            ):
                assert 1 == len([line for line in refused(*command) if "names a standby" in line]), command
            assert ("fail", True) == (found("postgresql").kind, "names a standby" in found("postgresql").said)


def test_a_password_with_special_characters_says_how_to_write_it() -> None:
    """Raw, it is refused with the words that mend it; encoded, it is taken."""
    raw = "p@ss:w/rd#1%"
    with (
        environment(DATABASE_URL=f"postgresql://user:{raw}@host/name", REDIS_URL="redis://host"),
        pytest.raises(SettingsError, match=r"in a password, encode what is special: %40 for @"),
    ):
        engine.engine()
    with environment(DATABASE_URL=f"postgresql://user:{quote(raw, safe='')}@host/name", REDIS_URL="redis://host"):
        assert raw == engine.engine().url.password
