"""What it does to writers when rows that are old enough leave: by Bellwork's rule, and by one statement."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
from psycopg.errors import DeadlockDetected

from bellwork.db import engine
from bellwork.db.content.rules import RULES
from bellwork.db.retention import Holder
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.tasks.upkeep.sweeping.sweep import sweep
from tests.benchmarks import apart
from tests.benchmarks.beside import Scene, beside_others
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.open_loop import SESSIONS
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.vocabulary import RetentionRule
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.beside import Beside
    from tests.benchmarks.section import Plan

    #: Takes a database's URL; returns the longest transaction in ms (0: it was all one), and how often that failed.
    Turn = Callable[[str], tuple[float, int]]

HEADING = "Old requests leave while others are written"
_COLUMNS = ["", "rows/s", "longest transaction ms", "longest wait ms", "the longest before ms", "writes/s", "failed"]
_NOTE = (
    "{rows:,} requests are older than 90 days, as many are not. A writer makes 600 writes a second over eight "
    "sessions, each at its moment; one in fifty changes an old request. All ways soft-delete; Bellwork's rule archives "
    "first, in files that are read back twice, and takes batches that aim at 100 ms. What was changed is archived "
    "anew. A statement that loses to a writer in a deadlock is begun again, and counts as failed."
)
RATE = 600
_RULE = next(rule for rule in RULES if rule.key == "content.archive_requests")
_LAY_OUT = """
INSERT INTO content.organizations (id, name, org_type) VALUES ('org_bench', 'Bench', 'district');
INSERT INTO content.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level)
SELECT 'user_' || n, n || '@example.org', '!', 'S', 'Tudent', 'student', 'org_bench', 10 FROM generate_series(0, 999) n;
INSERT INTO content.content_requests (id, student_id, original_query, status, created_at, updated_at)
SELECT 'old_' || n, 'user_' || n % 1000, 'Why does ' || md5(n::text) || ' move?', 'failed', at, at
FROM generate_series(1, {rows}) n, LATERAL (SELECT now() - interval '91 days' - n * interval '10 s' AS at) old;
INSERT INTO content.content_requests (id, student_id, original_query, status, created_at, updated_at)
SELECT 'recent_' || n, 'user_' || n % 1000, 'Why does ' || md5(n::text) || ' move?', 'failed', at, at
FROM generate_series(1, {rows}) n, LATERAL (SELECT now() - n * interval '1 s' AS at) recent;
VACUUM ANALYZE;
CHECKPOINT
"""
_NEW = """
INSERT INTO content.content_requests (id, student_id, original_query)
VALUES ('new_' || gen_random_uuid(), 'user_7', 'What is a force?')
"""
_CHANGE = """
UPDATE content.content_requests SET metadata = '{{"seen": true}}'
WHERE id = 'old_' || (1 + floor(random() * {rows}))::int
"""
_ONE_IN_FIFTY = 50
_AT_ONCE = "UPDATE content.content_requests t SET deleted_at = now() WHERE {condition}"
_LEFT = "SELECT count(*) FROM content.content_requests t WHERE {condition}"


@dataclass(frozen=True)
class Swept:
    """One way's run: what it did to others, how many rows it took, its longest transaction in ms, and its failures."""

    beside: Beside
    rows: int
    longest: float
    failed: int


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure retention: the rule with its archive, without it, and the same by one statement."""
    rows = plan.pick(quick=10_000, full=300_000)
    there = apart.Ground(arena.database_url, "", has_partman=False)
    say(f"laying out {2 * rows:,} requests")
    with apart.database(there) as template:
        apart.migrated()
        engine.forget()
        apart.run(template, *_LAY_OUT.format(rows=rows).split(";"))
        say("retention beside a writer")
        found = interleaved(_ways(arena, there, template, rows), plan.pick(quick=1, full=3))
    table = [[name, *_cells(runs)] for name, runs in found.items()]
    values = {name: [asdict(run) for run in runs] for name, runs in found.items()}
    return Section("retention", HEADING, _COLUMNS, table, [_NOTE.format(rows=rows)], values)


def _ways(arena: Arena, there: apart.Ground, template: str, rows: int) -> dict[str, Callable[[], Swept]]:
    turns: dict[str, Turn] = {
        "Bellwork, archived, in batches": partial(_by_rule, _RULE),
        "Bellwork, in batches": partial(_by_rule, replace(_RULE, archive=False)),
        "one statement": _at_once,
    }
    return {name: partial(_once, arena, there, template, rows, turn) for name, turn in turns.items()}


def _once(arena: Arena, there: apart.Ground, template: str, rows: int, turn: Turn) -> Swept:
    storage = f"file://{arena.place}/retained-{uuid4().hex}"
    ends: list[tuple[float, int]] = []
    with apart.database(there, apart.name_of(template), STORAGE_URL=storage) as url:
        scene = Scene(url, [_CHANGE.format(rows=rows), *[_NEW] * (_ONE_IN_FIFTY - 1)], RATE)
        beside = beside_others(scene, lambda: ends.append(turn(url)))
        with psycopg.connect(url) as conn:
            [left] = conn.execute(_LEFT.format(condition=_RULE.condition).encode()).fetchone() or [rows]
    # Whatever the writer has locked at the last moment stays for the next run.
    assert left <= SESSIONS, f"{left} old requests are left"
    [(longest, failed)] = ends
    return Swept(beside, rows, longest or beside.seconds * 1000, failed)


def _by_rule(rule: RetentionRule, url: str) -> tuple[float, int]:
    del url
    with redirect_stdout(sys.stderr):  # what is logged is no part of the report
        run = sweep(rule, Holder("bench"), Budget(3600))
    return run.longest * 1000, 0


def _at_once(url: str) -> tuple[float, int]:
    for failed in count():
        with suppress(DeadlockDetected):
            apart.run(url, _AT_ONCE.format(condition=_RULE.condition))
            return 0.0, failed
    raise AssertionError


def _cells(runs: list[Swept]) -> list[str]:
    beside = [run.beside for run in runs]
    return [
        spread([run.rows / run.beside.seconds for run in runs]),
        spread([run.longest for run in runs]),
        spread([run.longest for run in beside]),
        spread([run.usual for run in beside]),
        spread([run.rate for run in beside]),
        f"{sum(run.failed + sum(run.beside.errors.values()) for run in runs):,}",
    ]
