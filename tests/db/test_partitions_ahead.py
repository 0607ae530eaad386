"""Partitions stand before their time comes, once, on UTC boundaries, and nobody waits for their making."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db.engine import engine, transaction
from db.partitions import DECLARED, Partitioned, create_ahead

if TYPE_CHECKING:
    from sqlalchemy import Connection

AUDIT, _, HISTORY = DECLARED
_STANDING = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = to_regclass(:table) ORDER BY 1"
)
_BOUNDS = text("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = to_regclass(:table)")
_MONTH = text("SELECT to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + :n * interval '1 month', 'YYYY_MM')")
_DAY = text("SELECT to_char((now() AT TIME ZONE 'UTC') + :n * interval '1 day', 'YYYY_MM_DD')")


@pytest.mark.usefixtures("database")
def test_a_migrated_database_has_its_partitions() -> None:
    """This month and three more of audit trail, today and two weeks more of job history."""
    with transaction() as conn:
        months = [f"audit_logs_{conn.execute(_MONTH, {'n': n}).scalar_one()}" for n in range(4)]
        days = [f"finished_jobs_{conn.execute(_DAY, {'n': n}).scalar_one()}" for n in range(15)]

        assert sorted(months) == _standing(conn, AUDIT)
        assert sorted(days) == _standing(conn, HISTORY)


@pytest.mark.usefixtures("database")
def test_only_what_is_missing_is_created() -> None:
    """Asked for more, it creates the rest and names it; asked again, it creates and names nothing."""
    with transaction() as conn:
        expected = [f"audit_logs_{conn.execute(_MONTH, {'n': n}).scalar_one()}" for n in (4, 5)]

        assert expected == create_ahead(conn, AUDIT, 5)
        assert [] == create_ahead(conn, AUDIT, 5)


@pytest.mark.usefixtures("database")
def test_a_month_begins_at_midnight_utc_in_any_session() -> None:
    """A session far from Greenwich makes the same partitions."""
    with transaction() as conn:
        conn.execute(text("SET LOCAL timezone = 'America/New_York'"))
        (made,) = create_ahead(conn, AUDIT, 4)
        conn.execute(text("SET LOCAL timezone = 'UTC'"))
        bounds = conn.execute(_BOUNDS, {"table": f"content.{made}"}).scalar_one()

    month = made.removeprefix("audit_logs_").replace("_", "-")
    assert bounds.startswith(f"FOR VALUES FROM ('{month}-01 00:00:00+00') TO ('")


@pytest.mark.usefixtures("database")
def test_a_new_partition_has_the_keys_and_indexes_of_its_table() -> None:
    """Rows of its month find their way, their id and their indexes."""
    with transaction() as conn:
        (made,) = create_ahead(conn, AUDIT, 4)
        row = conn.execute(
            text(
                f"INSERT INTO content.audit_logs (action, created_at) SELECT 'x', {_first_moment(made)}"
                " RETURNING id, tableoid::regclass::text"
            )
        ).one()
        indexes = conn.execute(
            text("SELECT count(*) FROM pg_index WHERE indrelid = to_regclass(:table)"), {"table": f"content.{made}"}
        ).scalar_one()

    assert (1, f"content.{made}") == tuple(row)
    assert indexes == 4


@pytest.mark.usefixtures("database")
def test_two_creators_make_each_partition_once() -> None:
    """Two processes at once divide the work between them without an error."""
    barrier, shared = Barrier(2), engine()

    def create() -> list[str]:
        with shared.begin() as conn:
            conn.execute(text("SELECT 1"))
            barrier.wait(timeout=10)
            return create_ahead(conn, AUDIT, 6)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(create) for _ in range(2)]
        made = sorted(len(future.result(timeout=30)) for future in futures)

    assert [0, 3] == made


@pytest.mark.usefixtures("database")
def test_an_open_reader_is_not_waited_for() -> None:
    """A report that reads the audit trail in a long transaction holds nobody up."""
    with engine().begin() as reader, engine().begin() as writer:
        reader.execute(text("SELECT count(*) FROM content.audit_logs"))

        assert 1 == len(create_ahead(writer, AUDIT, 4))


@pytest.mark.usefixtures("database")
def test_a_busy_table_is_given_up_after_a_moment() -> None:
    """Behind a writer's lock it raises rather than make every other writer wait; the session's patience is its own."""
    with engine().begin() as writer:
        writer.execute(text("LOCK TABLE content.users IN ROW EXCLUSIVE MODE"))
        with pytest.raises(OperationalError, match="lock timeout"), engine().begin() as conn:
            create_ahead(conn, AUDIT, 4)
    with engine().begin() as conn:
        before = conn.execute(text("SHOW lock_timeout")).scalar_one()
        create_ahead(conn, AUDIT, 4)

        assert before == conn.execute(text("SHOW lock_timeout")).scalar_one()


@pytest.mark.usefixtures("database")
def test_a_range_that_is_covered_is_left_alone() -> None:
    """Partitions of other names and sizes count: only the months beyond them are created."""
    with transaction() as conn:
        standing = _standing(conn, AUDIT)
        for partition in standing:
            conn.execute(text(f"DROP TABLE content.{partition}"))
        first, third = (_first_moment(conn.execute(_MONTH, {"n": n}).scalar_one()) for n in (0, 2))
        conn.execute(
            text(
                f"CREATE TABLE content.of_the_team PARTITION OF content.audit_logs"
                f" FOR VALUES FROM ({first}) TO ({third})"
            )
        )

        assert standing[2:] == create_ahead(conn, AUDIT, 3)


@pytest.mark.usefixtures("database")
def test_a_table_that_is_not_partitioned_is_skipped() -> None:
    """An adopted plain table, or one that is not there, is no error."""
    with transaction() as conn:
        assert [] == create_ahead(conn, Partitioned("content", "users", "created_at", "month", 3))
        assert [] == create_ahead(conn, Partitioned("content", "nonesuch", "created_at", "month", 3))


@pytest.mark.usefixtures("database")
def test_a_rolled_back_creation_leaves_nothing() -> None:
    """The partitions are the caller's transaction's own."""
    with engine().connect() as conn:
        create_ahead(conn, AUDIT, 12)
        conn.rollback()
        assert len(_standing(conn, AUDIT)) == 4


def _standing(conn: Connection, table: Partitioned) -> list[str]:
    return list(conn.execute(_STANDING, {"table": table.qualified}).scalars())


def _first_moment(name: str) -> str:
    return f"timestamptz '{name[-7:].replace('_', '-')}-01 00:00:00+00'"
