"""What the soak does to tables behind everybody's back: it has to happen, and has to be conn whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import engine
from bellwork.db.partitions import create_ahead, declared
from tests.soak.sql import ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_DONE = """
INSERT INTO bellwork.finished_jobs
    (id, queue, actor, state, priority, run_at, args, options, attempt, retries, crashes, errors, created_at)
SELECT -n, 'q', 't.gone', 'done', 0, now(), '{}', '{}', 1, 0, 0, '[]', now() FROM generate_series(1, 3) n
"""
_FOUND = "SELECT count(*) FROM bellwork.finished_jobs WHERE actor = 't.gone'"


@pytest.fixture
def conn(database: str) -> Iterator[Connection]:
    """A transaction that is rolled back."""
    del database
    with engine().connect() as conn:
        yield conn


@pytest.mark.parametrize("path", ["pg_catalog", "bellwork, public"])
def test_todays_partition_goes_and_its_rows_come_back(conn: Connection, path: str) -> None:
    """Whatever search_path the database gives its sessions."""
    conn.exec_driver_sql("CREATE SCHEMA bellwork_soak")
    conn.exec_driver_sql(f"SET LOCAL search_path TO {path}")
    conn.exec_driver_sql(_DONE)
    ground.set_today_aside(conn)
    there = conn.execute(text(_FOUND)).scalar_one()
    again = ground.set_today_aside(conn)
    create_ahead(conn, declared("bellwork.finished_jobs"))

    assert (0, None) == (there, again)
    assert 3 == ground.bring_back(conn) == conn.execute(text(_FOUND)).scalar_one()
