"""Signs of life: what a few rows tell at any moment, whether or not a snapshot of the queues is fresh."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.errors import ConfigurationLimitExceeded, DiskFull

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection as Driver

# The newest job is not the one that was finished last, but near enough to show that something was.
_SIGNS = b"""
SELECT NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off',
       (SELECT count(*) FROM bellwork.workers WHERE expires_at > now()),
       (SELECT count(*) FROM bellwork.workers WHERE expires_at <= now()),
       (SELECT max(expires_at) FROM bellwork.workers WHERE expires_at <= now()),
       (SELECT finished_at FROM bellwork.finished_jobs ORDER BY id DESC LIMIT 1),
       (SELECT max(last.decided_at) FROM bellwork.entries e, LATERAL (
            SELECT decided_at FROM bellwork.ticks t WHERE t.entry = e.key AND t.tick <= now()
            ORDER BY t.tick DESC LIMIT 1) last WHERE e.retired_at IS NULL),
       (SELECT count(*) FROM bellwork.entries WHERE retired_at IS NULL)
"""
_OVERDUE = b"""
SELECT key, next_tick FROM bellwork.entries
WHERE retired_at IS NULL AND next_tick < now() - make_interval(secs => %s) ORDER BY key
"""
# Half a megabyte more than it may sort in memory: PostgreSQL writes it to its disk and removes it. It takes no right,
# makes no row and no WAL, and works where the server takes no writes otherwise.
_SPILL = b"""
SELECT sum(length(line)) FROM (
    SELECT i || repeat(' ', 1000) AS line FROM generate_series(1, 500) AS i ORDER BY random() OFFSET 0) AS lines
"""
_ANY_DUE = b"SELECT EXISTS (SELECT FROM bellwork.jobs WHERE state = 'available' AND run_at <= now())"


class Signs(NamedTuple):
    """Whether the server takes writes of a new session, who is alive, and what happened last.

    `silent_since` is when the last lease of a silent worker ran out. `entries` are those of the calendar.
    """

    takes_writes: bool
    workers: int
    silent_workers: int
    silent_since: datetime | None
    last_finished: datetime | None
    last_tick: datetime | None
    entries: int


def signs(driver: Driver[Any]) -> Signs:
    """Return the signs of life; a session that was made read-only by its own options takes no writes."""
    row = driver.execute(_SIGNS).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return Signs(*row)


def round_trip(driver: Driver[Any]) -> float:
    """Return in how many seconds PostgreSQL answers what costs it nothing: the best of three."""
    return min(_answers_in(driver) for _ in range(3))


def _answers_in(driver: Driver[Any]) -> float:
    began = perf_counter()
    driver.execute(b"SELECT 1")
    return perf_counter() - began


def no_room(driver: Driver[Any]) -> str | None:
    """Try whether PostgreSQL's disk takes half a megabyte, and return what it says where it is full.

    It is the disk of its temporary files, which is that of the tables unless temp_tablespaces names another.
    """
    try:
        with driver.transaction():
            driver.execute(b"SET LOCAL work_mem = '64kB'")
            driver.execute(_SPILL)
            driver.execute(b"SET LOCAL work_mem TO DEFAULT")
    except DiskFull as full:
        return str(full).strip().partition("\n")[0]
    except ConfigurationLimitExceeded:  # temp_file_limit says that sessions may not write so much
        return None
    return None


def overdue_entries(driver: Driver[Any], seconds: float) -> dict[str, datetime]:
    """Name the entries of the calendar whose next tick is due for so long, and not decided, with that tick."""
    return dict(driver.execute(_OVERDUE, (seconds,)).fetchall())


def any_due(driver: Driver[Any]) -> bool:
    """Tell whether a job is due; it looks at jobs that are not, until it finds one."""
    row = driver.execute(_ANY_DUE).fetchone()
    return bool(row and row[0])
