"""Takes the snapshot: one pass over the unfinished jobs, and what was finished since the last one; history is not read.

What is new in the history is found by transaction: each row names the one that wrote it, and the snapshot before keeps
which ones it had seen (`seen`). So a job counts once, however long its transaction was open, and whichever scheduler
looks. Both are read in one snapshot of PostgreSQL, so that jobs are conserved between them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, fields
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from psycopg.errors import SerializationFailure

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import backlog, unheard_queues, unknown_actors
from bellwork.db.queries.kinds import remember_kinds
from bellwork.db.snapshot.buckets import BOUNDS
from bellwork.db.snapshot.fleet import look_at_fleet
from bellwork.db.snapshot.reckon import Actor, Happened, Queue, Standing
from bellwork.db.snapshot.write import forget, remember, write_header, write_objectives, write_seconds

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection as Driver
    from sqlalchemy import Connection

    from bellwork.db.ledger import Kind

#: Seconds between two snapshots. One that takes long is followed by a pause so many times as long, up to the last.
EVERY, PAUSE, LONGEST = 1.0, 50.0, 20.0
#: Seconds between two counts of the jobs that died in the last 24 hours; in between, new deaths are added.
DEAD = 30.0

# Each second of the clock has one. Whoever does not get the row finds another scheduler at it. A time that is to come
# was written before the clock was set back, or another server took over.
_TURN = b"""
SELECT at, now(), CASE WHEN at < now() THEN extract(epoch FROM now() - at) ELSE every END::float8,
       dead_at NOT BETWEEN now() - make_interval(secs => %s) AND now(),
       pg_snapshot_xmax(seen)::text, ARRAY(SELECT pg_snapshot_xip(seen))::text[],
       now() - interval '12 hours', now() + interval '1 hour'
FROM bellwork.snapshot
WHERE (date_trunc('second', at) < date_trunc('second', now()) AND at <= now() - make_interval(secs => every - 1))
   OR at > now() + interval '10 seconds'
FOR UPDATE SKIP LOCKED
"""
_SEEN = b"SELECT pg_current_snapshot()::text, pg_snapshot_xmax(pg_current_snapshot()) >= coalesce(%s::xid8, '0')"
# A job that was tried again was due before its first failure, and not at its last try, which is all that run_at says.
# The times let days be left out when it is planned; no transaction is open for longer.
_FINISHED = b"""
SELECT queue, actor, state::text, count(*), sum(retries),
       width_bucket(wait, %(bounds)s::float8[]), width_bucket(run, %(bounds)s::float8[]),
       coalesce(sum(wait), 0), coalesce(sum(run), 0),
       coalesce(sum(ln(greatest(run, 0.001))), 0), coalesce(sum(ln(greatest(run, 0.001)) ^ 2), 0),
       count(*) FILTER (WHERE slo_seconds IS NOT NULL),
       count(*) FILTER (WHERE state = 'dead' AND slo_seconds IS NOT NULL OR took > slo_seconds)
FROM (
    SELECT f.queue, actor, state, retries, greatest(extract(epoch FROM claimed_at - run_at), 0)::float8 AS wait,
           greatest(extract(epoch FROM finished_at - claimed_at), 0)::float8 AS run, slo_seconds,
           extract(epoch FROM finished_at - CASE WHEN errors #>> '{0,at}' ~ '^20[0-9-]{8}T[0-9:]{8}[.0-9]*[+]00:00$'
               THEN least(run_at, (errors #>> '{0,at}')::timestamptz) ELSE run_at END)::float8 AS took
    FROM bellwork.finished_jobs f LEFT JOIN bellwork.actors a ON a.name = f.actor
    WHERE finished_at > %(since)s AND finished_at < %(until)s AND finished_in IS NOT NULL
      AND (finished_in >= %(xmax)s::xid8 OR finished_in = ANY(%(xip)s::xid8[]))) new
GROUP BY 1, 2, 3, 6, 7
"""
#: What the statement sums up of times, in its order.
_SUMS = ("wait_seconds", "run_seconds", "run_logs", "run_squares")
_DEAD = b"""
SELECT queue, count(*) FROM (
    SELECT queue FROM bellwork.finished_jobs
    WHERE state = 'dead' AND finished_at > %(now)s::timestamptz - interval '24 hours' AND finished_at < %(until)s
    LIMIT 10000) d GROUP BY queue
"""
_QUEUES = b"""
SELECT DISTINCT queue FROM bellwork.actors UNION SELECT name FROM bellwork.queues WHERE paused_at IS NOT NULL
"""
_WORKERS = b"""
SELECT queue, count(*) FROM bellwork.workers, unnest(queues) AS queue WHERE expires_at > now() GROUP BY queue
"""
_KNOWN = b"SELECT %b FROM bellwork.%b"

F = TypeVar("F", Queue, Actor)


class _Turn(NamedTuple):
    """What this scheduler found when it got the row: when the snapshot before was taken, and what that had seen."""

    before: datetime
    now: datetime
    seconds: float
    count_dead: bool
    xmax: str | None
    xip: list[str]
    since: datetime
    until: datetime


def take(by: str) -> bool:
    """Take a snapshot if it is time for one, in one transaction; False where it is not, or another scheduler does it.

    `by` is 'host:pid' of the scheduler.
    """
    begun = monotonic()
    try:
        with transaction() as conn:
            conn.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = psycopg_of(conn).execute(_TURN, (DEAD,)).fetchone()
            if row is None:
                return False
            _take(conn, _Turn(*row), by, begun)
    except SerializationFailure:
        return False
    return True


def _take(conn: Connection, turn: _Turn, by: str, begun: float) -> None:
    driver = psycopg_of(conn)
    seen, goes_on = driver.execute(_SEEN, (turn.xmax,)).fetchone() or ("", False)
    # Of a restored or other server, whose transactions have lower numbers, nothing is known: the count begins anew.
    known = turn.xmax is not None and goes_on
    if not known:
        remember_kinds(conn)
    kinds = backlog(conn)
    actors, happened = _actors(driver, turn, kinds, known=known)
    queues = _queues(driver, turn, kinds, happened)
    write_seconds(driver, turn.now, turn.seconds, queues, happened)
    forget(driver)
    fleet = look_at_fleet(driver)
    remember(driver, "actor_figures", ("queue", "actor"), actors)
    write_objectives(driver, turn.now, actors)
    remember(driver, "queue_figures", ("queue",), queues)
    took = monotonic() - begun
    write_header(
        driver,
        at=turn.now,
        every=max(EVERY, min(took * PAUSE, LONGEST)),
        took=took,
        by=by,
        seen=seen,
        dead_at=turn.now if turn.count_dead else None,
        workers=fleet["alive"],
        silent_workers=fleet["silent"],
        fleet=fleet,
        unknown_actors=unknown_actors(conn, kinds),
        unheard_queues=unheard_queues(conn, kinds),
    )


def _actors(
    driver: Driver, turn: _Turn, kinds: list[Kind], *, known: bool
) -> tuple[list[tuple[Actor, Actor | None]], dict[str, Happened]]:
    """Return each actor in each queue as it is now and was before, and what happened in each queue."""
    before = {(each.queue, each.actor): each for each in _stored(driver, Actor, b"actor_figures")}
    now = {(kind.queue, kind.actor): _standing(kind) for kind in kinds}
    finished, retries = _finished(driver, turn) if known else ({}, {})
    happened: dict[str, Happened] = defaultdict(Happened)
    actors: list[tuple[Actor, Actor | None]] = []
    for key in before.keys() | now.keys() | finished.keys():
        was, standing = before.get(key), now.get(key, Standing())
        if was and key not in finished and was.rests(standing):
            actors.append((was, was))
            continue
        if not known:
            start = was or Actor(*key)
            was_so = Actor(**{**asdict(start), "unfinished": standing.unfinished, "retries": standing.retries})
            actors.append((was_so, was))
            continue
        after, new = (was or Actor(*key)).after(standing, finished.get(key, Happened()), retries.get(key, 0))
        actors.append((after, was))
        happened[key[0]].add(new)
    return actors, happened


def _queues(
    driver: Driver, turn: _Turn, kinds: list[Kind], happened: dict[str, Happened]
) -> list[tuple[Queue, Queue | None]]:
    """Return each queue as it is now and was before."""
    before = {each.queue: each for each in _stored(driver, Queue, b"queue_figures")}
    standing: dict[str, Standing] = defaultdict(Standing)
    for kind in kinds:
        standing[kind.queue].add(_standing(kind))
    workers: dict[str, int] = dict(driver.execute(_WORKERS).fetchall())
    dead = _dead(driver, turn) if turn.count_dead else None
    known = {row[0] for row in driver.execute(_QUEUES)} | (dead or {}).keys()
    names = before.keys() | standing.keys() | happened.keys() | known
    found: list[tuple[Queue, Queue | None]] = []
    for name in names:
        was, new = before.get(name), happened.get(name, Happened())
        died = (was.dead_24h if was else 0) + new.dead if dead is None else dead.get(name, 0)
        heard = workers.get(name, 0)
        if was and name not in happened and was.rests(standing[name], heard, died):
            found.append((was, was))
        else:
            found.append(((was or Queue(name)).after(standing[name], new, turn.seconds, heard, died), was))
    return found


def _finished(driver: Driver, turn: _Turn) -> tuple[dict[tuple[str, str], Happened], dict[tuple[str, str], int]]:
    """Return what was finished since the snapshot before, by queue and actor, and the retries that those jobs had."""
    asked = {"bounds": list(BOUNDS), "since": turn.since, "until": turn.until, "xmax": turn.xmax, "xip": turn.xip}
    finished: dict[tuple[str, str], Happened] = defaultdict(Happened)
    retries: dict[tuple[str, str], int] = defaultdict(int)
    for queue, actor, state, count, tries, wait, run, *sums in _by_index(driver, _FINISHED, asked):
        new = finished[queue, actor]
        setattr(new, state, getattr(new, state) + count)
        retries[queue, actor] += tries
        if state == "cancelled":
            continue
        *times, total, missed = sums
        new.slo_total += total
        new.slo_missed += missed
        if wait is not None:
            new.waits[wait] += count
            new.runs[run] += count
            for name, value in zip(_SUMS, times, strict=True):
                setattr(new, name, getattr(new, name) + value)
    return finished, retries


def _dead(driver: Driver, turn: _Turn) -> dict[str, int]:
    rows = _by_index(driver, _DEAD, {"now": turn.now, "until": turn.until})
    return {row[0]: row[1] for row in rows}


def _by_index(driver: Driver, statement: bytes, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Ask without sequential scans: of a day's partition that was never analysed, the planner knows nothing."""
    driver.execute(b"SET LOCAL enable_seqscan = off")
    rows = driver.execute(statement, asked).fetchall()
    driver.execute(b"SET LOCAL enable_seqscan TO DEFAULT")
    return rows


def _standing(kind: Kind) -> Standing:
    oldest = kind.oldest if kind.due else None
    return Standing(kind.due, oldest, kind.scheduled, kind.running, kind.retrying, kind.retries)


def _stored(driver: Driver, kind: type[F], table: bytes) -> list[F]:
    columns = ", ".join(each.name for each in fields(kind))
    rows = driver.execute(_KNOWN % (columns.encode(), table)).fetchall()
    return [kind(*row) for row in rows]
