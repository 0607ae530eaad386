"""What operators ask costs what the answer holds: neither the history nor what workers know is read for each job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger, registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import Which
from bellwork.db.ledger.alike import became, dead_alike
from bellwork.db.queries.explain import look_around
from bellwork.db.queries.failures import Failure, failures
from bellwork.db.queries.listing import find_jobs
from bellwork.db.snapshot.take import take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: A history of 40 kinds, one of which has nearly all jobs, and an unfinished job.
HISTORY = """
INSERT INTO bellwork.finished_jobs (id, queue, actor, priority, run_at, args, options, attempt, retries, crashes,
    created_at, state, errors)
SELECT n, 'q' || k % 5, 't.' || k, 0, now(), '{}', '{}', 1, 0, 0, now(),
       CAST(CASE n % 100 WHEN 7 THEN 'dead' WHEN 8 THEN 'cancelled' ELSE 'done' END AS bellwork.job_state), '[]'
FROM (SELECT n, CASE n % 50 WHEN 0 THEN n / 50 % 40 ELSE 1 END AS k FROM generate_series(1, :rows) n) n;
"""
#: One more, of an actor and a queue that no figures know.
NEW = """
INSERT INTO bellwork.finished_jobs (id, queue, actor, priority, run_at, args, options, attempt, retries, crashes,
    created_at, state, errors)
VALUES (99999, 'elsewhere', 't.new', 0, now(), '{}', '{}', 1, 0, 0, now(), 'done', '[]')
"""
#: A backlog of one kind, and workers whose thousand actors do not fit into their rows.
FLEET = """
WITH fleet AS (INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at)
SELECT gen_random_uuid(), 'h', n, 1, '{q}', (
    SELECT jsonb_object_agg('t.' || md5(k::text), n) FROM generate_series(1, 1000) k), now() + interval '1 hour'
FROM generate_series(1, 20) n)
INSERT INTO bellwork.jobs (queue, actor) SELECT 'q', 't.' || md5('1') FROM generate_series(1, :jobs)
"""
ROWS = 20_000
#: Two names of one hash, of so many names that there are some.
TWINS = """
SELECT min(name), max(name) FROM (SELECT 't.' || n AS name FROM generate_series(1, 300000) n) names
GROUP BY hashtext(name) HAVING count(*) > 1 LIMIT 1
"""


def _list(state: str | None, actor: str | None, queue: str | None, conn: Connection) -> object:
    return ledger.list_jobs(conn, state, actor, queue)


#: Each command's look into jobs; the newest are few, so hardly anything has to be read.
LOOKS: dict[str, Callable[[Connection], object]] = {
    **{
        f"list {state} {actor} {queue}": partial(_list, state, actor, queue)
        for state, actor, queue in product(
            (None, "scheduled", "running", "done", "dead", "cancelled"),
            (None, "t.1", "t.9", "t.none"),
            (None, "q1", "none"),
        )
    },
    "find dead": lambda conn: find_jobs(conn, Which("dead", "t.1"), 50),
    "find an error": lambda conn: find_jobs(conn, Which("dead", "t.9", None, "no"), 50),
    "find old ones": lambda conn: find_jobs(conn, Which("dead", None, "q1", None, 3600.0), 50),
    "list a person's": lambda conn: ledger.list_jobs(conn, state="dead", actor="t.9", subject="ada"),
    "find a school's": lambda conn: find_jobs(conn, Which(tenant="t-1"), 50),
    "list old ones": lambda conn: ledger.list_jobs(conn, older_than=3600.0),
    "priorities": lambda conn: ledger.priorities(conn, [7]),
    "reprioritise": lambda conn: ledger.reprioritise(conn, [7], 5),
    "alike": lambda conn: dead_alike(conn, Failure("t.9", "", "", "", 1, 0, None, None, "", [], 1), 5),  # type: ignore[arg-type]  # times are not read
    "became": lambda conn: became(conn, [7, 107], datetime.now(UTC) - timedelta(hours=1)),
    "failures": failures,
    "find unfinished": lambda conn: find_jobs(conn, Which("unfinished"), 50),
    "show": lambda conn: ledger.show_job(conn, 7),
    "explain": lambda conn: look_around(conn, 7),
    "retry": lambda conn: ledger.retry_finished(conn, [7, 107]),
    "cancel": lambda conn: ledger.cancel(conn, [7], ""),
    "rename": lambda conn: ledger.rename(conn, "t.1", "t.2", "ann", 10),
    "backlog": ledger.backlog,
    "depths": ledger.queue_depths,
    "workers": lambda conn: registered.workers(psycopg_of(conn)),
    "actor sets": lambda conn: registered.actor_sets(psycopg_of(conn)),
    "unknown": ledger.unknown_actors,
    "unheard": ledger.unheard_queues,
    "dead today": ledger.dead_today,
    "last ticks": ledger.last_ticks,
    "ticks": lambda conn: ledger.list_ticks(conn, "t.entry", 10),
    "entries": ledger.list_entries,
}
# What this transaction has read of the history, rows of tables and entries of indexes: exact, whatever the plan.
_READ = """
SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid)), 0)
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
JOIN pg_inherits p ON p.inhrelid = coalesce(i.indrelid, c.oid)
WHERE p.inhparent = 'bellwork.finished_jobs'::regclass
"""

# What it has read of the values that are too large for the rows of workers.
_UNPACKED = """
SELECT pg_stat_get_xact_blocks_fetched(reltoastrelid) FROM pg_class WHERE oid = 'bellwork.workers'::regclass
"""
# The partitions of the history that this transaction has opened, if only to plan a statement.
_OPENED = """
SELECT count(*) FROM pg_locks l JOIN pg_inherits p ON p.inhrelid = l.relation
WHERE l.pid = pg_backend_pid() AND p.inhparent = 'bellwork.finished_jobs'::regclass
"""


@pytest.fixture
def history(database: str) -> Iterator[Connection]:
    """A connection to a ledger with a long history; what is read there is read by its own session."""
    del database
    with transaction() as conn:
        conn.execute(text(HISTORY), {"rows": ROWS})
        ledger.enqueue(conn, [ledger.NewJob("t.1", queue="q1")])
    with transaction() as conn:
        conn.execute(text("ANALYZE bellwork.finished_jobs"))
    with transaction() as conn:
        conn.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        yield conn


def read(conn: Connection, look: Callable[[Connection], object]) -> int:
    """Tell how many rows and entries of the history a look reads."""
    before = conn.execute(text(_READ)).scalar_one()
    look(conn)
    return int(conn.execute(text(_READ)).scalar_one() - before)


def test_no_command_reads_the_history(history: Connection) -> None:
    """Of 20,000 finished jobs each look reads those it shows, and some entries of an index beside them."""
    taken = {name: read(history, look) for name, look in LOOKS.items()}

    assert {} == {name: rows for name, rows in taken.items() if rows > ROWS / 20}
    assert taken["list None None None"] >= 50, "reading is measured"
    assert 20 <= len(LOOKS)


@pytest.mark.usefixtures("database")
def test_finished_jobs_of_an_actor_are_found_by_figures() -> None:
    """Once a snapshot was taken; one that was finished since is found, too, and the index is not hopped through."""
    with transaction() as conn:
        conn.execute(text(HISTORY), {"rows": ROWS})
    by_hops = _read_of_one()
    assert take("a test:1")
    with transaction() as conn:
        conn.execute(text(NEW))
    by_figures = _read_of_one()
    with transaction() as conn:
        found = [ledger.list_jobs(conn, actor="t.9"), ledger.list_jobs(conn, actor="t.new")]
        found.append(ledger.list_jobs(conn, queue="elsewhere"))

    assert [10, 1, 1] == [len(jobs) for jobs in found]
    assert by_figures < by_hops


def _read_of_one() -> int:
    with transaction() as conn:
        conn.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        return read(conn, LOOKS["list done t.9 None"])


@pytest.mark.usefixtures("database")
def test_names_of_one_hash_are_told_apart() -> None:
    """Finished jobs of a queue or an actor are its own, even where another name has the same hash."""
    with transaction() as conn:
        one, other = conn.execute(text(TWINS)).one()
        for queue, actor in product((one, other), repeat=2):
            [job] = ledger.enqueue(conn, [ledger.NewJob(actor, queue=queue)])
            ledger.cancel(conn, [job.id], "")
        for asked in ({"actor": one}, {"queue": one}, {"actor": other, "queue": one}):
            found = [{name: job[name] for name in asked} for job in ledger.list_jobs(conn, **asked)]
            assert [asked] * (4 // 2 ** len(asked)) == found


def test_no_command_reads_what_workers_know_for_each_job(database: str) -> None:
    """Of twenty workers with a thousand actors each, a look at 2,000 due jobs unpacks that list a few times."""
    del database
    with transaction() as conn:
        conn.execute(text(FLEET), {"jobs": ROWS // 10})
    with transaction() as conn:
        conn.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        taken: dict[str, int] = {}
        for name, look in LOOKS.items():
            before = conn.execute(text(_UNPACKED)).scalar_one()
            look(conn)
            taken[name] = conn.execute(text(_UNPACKED)).scalar_one() - before

    assert {} == {name: blocks for name, blocks in taken.items() if blocks > ROWS / 10}
    assert taken["actor sets"] >= 20, "reading is measured"


def test_deaths_of_a_day_are_looked_for_in_the_partitions_of_a_day(history: Connection) -> None:
    """Of all partitions that stand, those of today and its neighbours are opened at the most."""
    ledger.dead_today(history)

    assert 1 <= history.execute(text(_OPENED)).scalar_one() <= 3
