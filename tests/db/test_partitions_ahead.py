"""Partitions stand before their time comes, once, on UTC boundaries, and nobody waits for their making."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bellwork.db.content.rules import PARTITIONED
from bellwork.db.engine import engine, transaction
from bellwork.db.ledger import lock_calendar
from bellwork.db.own import HISTORY
from bellwork.db.partitions import catalog_partitions, create_ahead, first_hole, short_of_partitions
from bellwork.db.vocabulary import PartitionedTable
from bellwork.ops.doctor.partitions import check_partitions

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.ops.doctor import Finding

[AUDIT] = PARTITIONED
_CATALOG = text(
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

        assert sorted(months) == _in_catalog(conn, AUDIT)
        assert sorted(days) == _in_catalog(conn, HISTORY)


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
            barrier.wait(timeout=60)
            return create_ahead(conn, AUDIT, 6)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(create) for _ in range(2)]
        made = sorted(len(future.result(timeout=60)) for future in futures)

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
        names = _in_catalog(conn, AUDIT)
        for partition in names:
            conn.execute(text(f"DROP TABLE content.{partition}"))
        first, third = (_first_moment(conn.execute(_MONTH, {"n": n}).scalar_one()) for n in (0, 2))
        conn.execute(
            text(
                f"CREATE TABLE content.of_the_team PARTITION OF content.audit_logs"
                f" FOR VALUES FROM ({first}) TO ({third})"
            )
        )

        assert names[2:] == create_ahead(conn, AUDIT, 3)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("zone", "step", "long", "count"),
    [
        ("America/New_York", "month", "1 month", 2),
        ("Europe/Berlin", "month", "1 month", 2),
        ("UTC", "week", "1 week", 3),
        ("Asia/Tokyo", "quarter", "3 months", 1),
    ],
)
def test_ranges_of_any_zone_and_size_are_continued_without_a_hole(zone: str, step: str, long: str, count: int) -> None:
    """A team made them by its own months, weeks or quarters: every instant up to the last of ours is taken."""
    with transaction() as conn:
        names = _in_catalog(conn, AUDIT)
        for partition in names:
            conn.execute(text(f"DROP TABLE content.{partition}"))
        _adopt(conn, zone, step, long, count)
        said = _finding(conn)
        made = create_ahead(conn, AUDIT)
        ranges = sorted(
            (each.starts, each.ends) for each in catalog_partitions(conn, AUDIT) if each.starts and each.ends
        )

        assert made
        assert all(one[1] == two[0] for one, two in pairwise(ranges))
        assert made[-1] == names[-1], "it ends where ours end"
        assert [] == create_ahead(conn, AUDIT)
        assert ("warn", True) == (said.kind, "writes fail from" in said.said) or step == "quarter"
        assert "ok" == _finding(conn).kind
        conn.execute(text("INSERT INTO content.audit_logs (action) SELECT 'a' FROM generate_series(1, 9)"))


@pytest.mark.usefixtures("database")
def test_a_hole_between_partitions_is_named_and_filled() -> None:
    """A month in the middle is gone: doctor says from when to when writes fail, and it is made again."""
    with transaction() as conn:
        lost = _in_catalog(conn, AUDIT)[2]
        conn.execute(text(f"DROP TABLE content.{lost}"))
        said, hole = _finding(conn), first_hole(conn, AUDIT)

        assert hole is not None
        assert hole.ends is not None
        assert said.said.endswith(f"from {hole.starts:%Y-%m-%d} 00:00 UTC on to {hole.ends:%Y-%m-%d} 00:00")
        assert ["content.audit_logs"] == short_of_partitions(conn)
        assert [lost] == create_ahead(conn, AUDIT)
        assert [] == short_of_partitions(conn)


@pytest.mark.usefixtures("database")
def test_a_stranger_who_may_connect_cannot_hold_up_the_creation() -> None:
    """No advisory lock that anybody may take stands in the way of partitions or of the calendar's table."""
    with engine().begin() as stranger:
        for key in (b"bellpart", b"bellcal"):
            stranger.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(key)})
        with transaction() as conn:
            conn.execute(text("SET LOCAL lock_timeout = '100ms'"))
            assert 1 == len(create_ahead(conn, AUDIT, 4))
            lock_calendar(conn)


@pytest.mark.usefixtures("database")
def test_a_table_that_is_not_partitioned_is_skipped() -> None:
    """An adopted plain table, or one that is not there, is no error."""
    with transaction() as conn:
        assert [] == create_ahead(conn, PartitionedTable("content.users", "created_at", "month", 3))
        assert [] == create_ahead(conn, PartitionedTable("content.nonesuch", "created_at", "month", 3))


@pytest.mark.usefixtures("database")
def test_a_rolled_back_creation_leaves_nothing() -> None:
    """The partitions are the caller's transaction's own."""
    with engine().connect() as conn:
        create_ahead(conn, AUDIT, 12)
        conn.rollback()
        assert len(_in_catalog(conn, AUDIT)) == 4


def _adopt(conn: Connection, zone: str, step: str, long: str, count: int) -> None:
    """Make partitions as a team may have made them: by the wall clock of a zone, from the current step on."""
    conn.execute(
        text(
            f"""
        DO $$ DECLARE s timestamp := date_trunc('{step}', now() AT TIME ZONE '{zone}');
                      i interval := '{long}';
        BEGIN
            FOR n IN 0..{count - 1} LOOP
                EXECUTE format(
                    'CREATE TABLE content.team_%s PARTITION OF content.audit_logs FOR VALUES FROM (%L) TO (%L)',
                    n, (s + n * i) AT TIME ZONE '{zone}', (s + (n + 1) * i) AT TIME ZONE '{zone}');
            END LOOP;
        END $$""".replace("1 quarter", "3 months").replace(":=", r"\:=")
        ).columns()
    )


def _finding(conn: Connection) -> Finding:
    return next(each for each in check_partitions(conn) if each.name == "partitions of content.audit_logs")


def _in_catalog(conn: Connection, table: PartitionedTable) -> list[str]:
    return list(conn.execute(_CATALOG, {"table": table.qualified}).scalars())


def _first_moment(name: str) -> str:
    return f"timestamptz '{name[-7:].replace('_', '-')}-01 00:00:00+00'"
