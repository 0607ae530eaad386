"""Who is nudged, among many: by a statement for each range of learners, by a loop over them, and COPY as the limit."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.companion.nudges import Last, Some, middle_learner, nudge_achievers, nudge_inactive
from bellwork.db.engine import transaction
from bellwork.tasks.companion.nudges.scan import MOST
from bellwork.tasks.companion.nudges.words import WORDS
from bellwork.tasks.upkeep.sweeping.pace import Pace
from tests.benchmarks import apart
from tests.benchmarks.measure import interleaved, ratio, say, spread
from tests.benchmarks.nudges_filled import fill
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from bellwork.db.companion.nudges import Given
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Who is nudged, among many learners"
_COLUMNS = [
    "",
    "learners/s",
    "times the loop",
    "of COPY",
    "nudges/s",
    "longest transaction ms",
    "s",
    "again s",
    "rows again",
]
_NOTE = (
    "{learners:,} learners with {nudges:,} nudges of the past year; a fifth has had fewer than three sessions, and "
    "gets a nudge. Bellwork's ranges aim at 100 ms and do not wait for the disk, but the last commit does, and writes "
    "what came before it; of many learners two jobs take a half each. The loop asks each learner by itself and commits "
    "what it writes, as the public worker of this system does; it is measured over the first {sample:,}. COPY writes "
    "the rows that the scan wrote (a nudge, its key and its letter each), to the same tables with the same keys, "
    "indexes and foreign keys, by one connection and in one transaction, and finds out nothing; nor does INSERT, which "
    "has the rows in unlogged tables. `again` is a second scan, which finds nobody. Each way has a new "
    "copy of the same database, with a checkpoint behind it; turns: {turns}."
)
_PER_LEARNER = 10
#: By UTC: in no zone of the learners is it so late that no letter goes any more.
_HOUR = 16
_TWO, _ONE = "Bellwork, over two connections", "Bellwork, over one"
_YOUNG = "Bellwork, over two, with a tenth of the nudges"
_COPY, _INSERT = "COPY of the same rows", "INSERT ... SELECT of the same rows"
_TABLES = ("companion.nudges", "companion.nudge_keys", "bellwork.letters", "companion.nudge_suppressions")
_COLUMNS_OF = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
"""


@dataclass(frozen=True)
class Turn:
    """One way's run: learners it looked at, nudges it wrote, seconds, its longest transaction and the second run."""

    learners: int
    nudges: int
    seconds: float
    longest: float
    again: float = 0.0
    again_rows: int = 0


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the selection of nudges."""
    learners = plan.pick(quick=20_000, full=1_000_000)
    there = apart.Ground(arena.database_url, "", has_partman=False)
    say(f"laying out {learners:,} learners with {_PER_LEARNER * learners:,} nudges")
    with _laid_out(there, learners, 1) as small, _laid_out(there, learners, _PER_LEARNER) as template:
        return compare(there, small, template, plan)


def compare(there: apart.Ground, small: str, template: str, plan: Plan) -> Section:
    """Measure all ways on copies of two filled databases."""
    learners, sample = (plan.pick(quick=q, full=f) for q, f in ((20_000, 1_000_000), (2_000, 10_000)))
    say("nudging them")
    copied: list[tuple[str, str, bytes]] = []
    ways: dict[str, Callable[[str], Turn]] = {
        _TWO: partial(_scan, copied, 2),
        _ONE: partial(_scan, [], 1),
        _YOUNG: partial(_scan, [], 2),
        "a loop over learners": partial(_loop, sample),
        _COPY: partial(_copy, copied),
        _INSERT: partial(_insert, copied),
    }
    turns: dict[str, Callable[[], Turn]] = {
        name: partial(_once, there, small if name == _YOUNG else template, way) for name, way in ways.items()
    }
    rounds = plan.pick(quick=2, full=1)
    found = interleaved(turns, rounds)
    loop, limit = ([turn.learners / turn.seconds for turn in found[name]] for name in ("a loop over learners", _COPY))
    table = [[name, *_cells(runs, loop, limit)] for name, runs in found.items()]
    note = _NOTE.format(learners=learners, nudges=_PER_LEARNER * learners, sample=sample, turns=rounds)
    values = {name: [asdict(run) for run in runs] for name, runs in found.items()}
    return Section("nudges", HEADING, _COLUMNS, table, [note], values)


@contextmanager
def _laid_out(there: apart.Ground, learners: int, per_learner: int) -> Iterator[str]:
    with apart.database(there) as template:
        apart.migrated()
        engine.forget()
        fill(template, learners, per_learner)
        yield template


def _once(there: apart.Ground, template: str, way: Callable[[str], Turn]) -> Turn:
    with apart.database(there, apart.name_of(template)) as url:
        apart.run(url, "CHECKPOINT")
        return way(url)


def _scan(copied: list[tuple[str, str, bytes]], connections: int, url: str) -> Turn:
    first, second = _run(connections), _run(connections)
    with psycopg.connect(url) as conn:
        wanted = "WHERE id IN (SELECT nudge_id FROM companion.nudge_keys)"
        copied[:] = [_read(conn, table, wanted if table.endswith(".nudges") else "") for table in _TABLES]
    return replace(first, again=second.seconds, again_rows=second.nudges)


def _run(connections: int) -> Turn:
    """Scan all learners as the jobs do, which end with a commit that waits for the disk."""
    now = datetime.now(UTC).replace(hour=_HOUR)
    began = time.monotonic()
    _ranges(now, nudge_achievers)
    with transaction() as conn:
        middle = middle_learner(conn) if connections > 1 else None
    halves = [(None, middle), (Last(middle), None)] if middle else [(None, None)]
    with ThreadPoolExecutor(len(halves)) as threads:
        done = list(threads.map(lambda half: _ranges(now, nudge_inactive, *half), halves))
    with transaction() as conn:
        conn.execute(text("SELECT pg_logical_emit_message(true, 'bench', '')"))
    given, longest = sum(each[1] for each in done), max(each[2] for each in done)
    return Turn(sum(each[0] for each in done), given, time.monotonic() - began, longest)


def _ranges(
    now: datetime, rule: Callable[..., Given], after: Last | None = None, until: UUID | None = None
) -> tuple[int, int, float]:
    looked_at, given, longest, pace = 0, 0, 0.0, Pace(500)
    while True:
        before = time.monotonic()
        with transaction() as conn:
            done = rule(conn, Some(min(pace.size, MOST), after, until), WORDS, now)
        lasted = time.monotonic() - before
        pace.note(done.looked_at, lasted)
        longest = max(longest, lasted * 1000)
        looked_at, given, after = looked_at + done.looked_at, given + done.given, done.last
        if after is None:
            return looked_at, given, longest


def _loop(sample: int, url: str) -> Turn:
    nudges, longest = 0, 0.0
    with psycopg.connect(url) as conn:
        people = conn.execute(
            "SELECT id, profile, created_at FROM companion.users WHERE role = 'student' ORDER BY id LIMIT %s", (sample,)
        ).fetchall()
        conn.commit()
        began = time.monotonic()
        for person, _, signed_up in people:
            before = time.monotonic()
            nudges += _nudge_one(conn, person, signed_up)
            conn.commit()
            longest = max(longest, (time.monotonic() - before) * 1000)
    return Turn(len(people), nudges, time.monotonic() - began, longest)


def _nudge_one(conn: psycopg.Connection, person: UUID, signed_up: object) -> int:
    conn.execute("SELECT count(*) FROM companion.goals WHERE student_id = %s AND status = 'completed'", (person,))
    held = conn.execute("SELECT count(*) FROM companion.sessions WHERE student_id = %s", (person,)).fetchone()
    if signed_up is None or held is None or held[0] >= 3:
        return 0
    today = conn.execute(
        "SELECT count(*) FROM companion.nudges WHERE user_id = %s AND sent_at >= date_trunc('day', now())", (person,)
    ).fetchone()
    if today is None or today[0]:
        return 0
    nudge = conn.execute(
        "INSERT INTO companion.nudges (user_id, type, channel, message, trigger_reason, suggestions_made)"
        " VALUES (%s, 'inactivity', 'both', %s, 'inactive', ARRAY['Book a session']) RETURNING id",
        (person, WORDS.inactive[2]),
    ).fetchone()
    assert nudge is not None
    conn.execute(
        "INSERT INTO companion.nudge_keys (nudge_id, user_id, type, day, slot) VALUES (%s, %s, 'inactivity', now(), 1)",
        (nudge[0], person),
    )
    conn.execute(
        "INSERT INTO bellwork.letters (key, system, kind, person, can_unsubscribe, not_after)"
        " VALUES (%s, 'companion', 'nudge', %s, true, now() + interval '1 day')",
        (f"companion.nudge:{nudge[0]}", str(person)),
    )
    return 1


def _copy(copied: list[tuple[str, str, bytes]], url: str) -> Turn:
    with psycopg.connect(url) as conn:
        began = time.monotonic()
        for table, columns, rows in copied:
            _write(conn, table, columns, rows)
        return _written(conn, began)


def _insert(copied: list[tuple[str, str, bytes]], url: str) -> Turn:
    with psycopg.connect(url) as conn:
        for place, (table, columns, rows) in enumerate(copied):
            conn.execute(f"CREATE UNLOGGED TABLE ready{place} AS SELECT {columns} FROM {table} LIMIT 0".encode())  # noqa: S608 - as below
            _write(conn, f"ready{place}", columns, rows)
            conn.execute(f"ANALYZE ready{place}".encode())
        conn.commit()
        began = time.monotonic()
        for place, (table, columns, _) in enumerate(copied):
            conn.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ready{place}".encode())  # noqa: S608 - names of ours
        return _written(conn, began)


def _write(conn: psycopg.Connection, table: str, columns: str, rows: bytes) -> None:
    with conn.cursor().copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)".encode()) as copy:
        copy.write(rows)


def _written(conn: psycopg.Connection, began: float) -> Turn:
    conn.commit()
    seconds = time.monotonic() - began
    row = conn.execute("SELECT count(*) FROM companion.nudge_keys").fetchone()
    people = conn.execute("SELECT count(*) FROM companion.users WHERE role = 'student'").fetchone()
    assert row is not None
    assert people is not None
    return Turn(people[0], row[0], seconds, seconds * 1000)


def _read(conn: psycopg.Connection, table: str, where: str) -> tuple[str, str, bytes]:
    found = conn.execute(_COLUMNS_OF, (table,)).fetchone()
    assert found is not None
    columns = found[0]
    statement = f"COPY (SELECT {columns} FROM {table} {where}) TO STDOUT (FORMAT binary)"  # noqa: S608 - names of ours
    with conn.cursor().copy(statement.encode()) as copy:
        return table, columns, b"".join(bytes(part) for part in copy)


def _cells(runs: list[Turn], loop: list[float], limit: list[float]) -> list[str]:
    speed = [run.learners / run.seconds for run in runs]
    return [
        spread(speed),
        ratio(speed, loop),
        ratio(speed, limit),
        spread([run.nudges / run.seconds for run in runs]),
        spread([run.longest for run in runs]),
        spread([run.seconds for run in runs], 2),
        spread([run.again for run in runs], 2) if any(run.again for run in runs) else "",
        f"{sum(run.again_rows for run in runs):,}",
    ]
