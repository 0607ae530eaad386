"""One month is made and one is retired: by Bellwork's rotation, by pg_partman, and by hand."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.partitions import declared
from bellwork.tasks.upkeep.rotation import rotate
from tests.benchmarks.apart import run
from tests.benchmarks.beside import Scene, beside_others

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.beside import Beside

RATE = 1_500
OURS, PARTMAN, NAIVE = "content.audit_logs", "public.partman_logs", "public.naive_logs"
_NEW = "INSERT INTO {at} (action, user_id) VALUES ('written', 'user_writer')"
_READ = "SELECT count(*) FROM {at}"
_USER = """
INSERT INTO content.organizations (id, name, org_type) VALUES ('org_bench', 'Bench', 'district');
INSERT INTO content.users (id, email, password_hash, first_name, last_name, role, org_id)
VALUES ('user_writer', 'writer@example.org', '!', 'W', 'Riter', 'teacher', 'org_bench')
"""
_PEERS = """
CREATE TABLE {at} (LIKE content.audit_logs INCLUDING DEFAULTS INCLUDING INDEXES) PARTITION BY RANGE (created_at);
ALTER TABLE {at} ADD FOREIGN KEY (user_id) REFERENCES content.users ON DELETE SET NULL
"""
_MONTH = """
DO $$ DECLARE starts timestamptz := date_trunc('month', now()) + interval '{month} months';
BEGIN
EXECUTE format('CREATE TABLE %s PARTITION OF {at} FOR VALUES FROM (%L) TO (%L)', '{at}_' || to_char(starts, 'YYYY_MM'),
    starts, starts + interval '1 month');
END $$
"""
_ROWS = """
INSERT INTO {at} (action, created_at)
SELECT 'old', date_trunc('month', now()) - interval '{month} months' + n * interval '20 s'
FROM generate_series(1, {rows}) n
"""
_RETIRE = """
DO $$ DECLARE old text := '{at}_' || to_char(date_trunc('month', now()) - interval '{month} months', 'YYYY_MM');
BEGIN
EXECUTE 'ALTER TABLE {at} DETACH PARTITION ' || old;
EXECUTE 'DROP TABLE ' || old;
END $$
"""
_RETENTION = """
UPDATE partman.part_config SET premake = {premake}, retention = '{months} months', retention_keep_table = false
WHERE parent_table = '{at}'
"""


def prepare(url: str, rounds: int, rows: int, *, partman: bool) -> None:
    """Lay out the three tables with months from so far back that each round has one to retire, and the same rows."""
    months = range(2, rounds + 2)
    run(url, _USER, *_PEERS.format(at=NAIVE).split(";"))
    run(url, *(_MONTH.format(at=OURS, month=-month) for month in months))
    run(url, *(_MONTH.format(at=NAIVE, month=month) for month in [*(-month for month in months), *range(-1, 5)]))
    run(url, _MONTH.format(at=OURS, month=-1))
    tables = [OURS, NAIVE]
    if partman:
        run(
            url,
            *_PEERS.format(at=PARTMAN).split(";"),
            "CREATE SCHEMA partman",
            "CREATE EXTENSION pg_partman SCHEMA partman",
        )
        first = f"(date_trunc('month', now()) - interval '{rounds + 1} months')::text"
        run(
            url,
            f"SELECT partman.create_parent('{PARTMAN}', 'created_at', 'native', 'monthly', p_premake := 4,"
            f" p_start_partition := {first})",
        )
        tables.append(PARTMAN)
    run(url, *(_ROWS.format(at=at, month=month, rows=rows) for at in tables for month in months), "VACUUM ANALYZE")


def ways(url: str, rounds: int, held: float, *, partman: bool) -> dict[str, Callable[[], Beside]]:
    """List the ways; each of them, called once a round, has a month of its own to make and one to retire."""
    turns = {
        "Bellwork, rotation": _ours,
        "pg_partman, run_maintenance": _partman,
        "by hand, in two transactions": _naive,
    }
    tables = dict(zip(turns, (OURS, PARTMAN, NAIVE), strict=True))
    if not partman:
        del turns["pg_partman, run_maintenance"]
    left = {name: list(range(rounds)) for name in turns}

    def once(name: str) -> Beside:
        at, turn = tables[name], left[name].pop(0)
        scene = Scene(url, [_NEW.format(at=at)], RATE, _READ.format(at=at), held)
        return beside_others(scene, partial(turns[name], url, rounds, turn))

    return {name: partial(once, name) for name in turns}


def _ours(url: str, rounds: int, turn: int) -> None:
    """Create, detach, archive, read back twice, drop: all of it is in the seconds, and more than the others do."""
    del url
    table = replace(declared(OURS), ahead=4 + turn, keep=rounds - turn)
    with redirect_stdout(sys.stderr):  # what is logged is no part of the report
        done = rotate([table])
    assert (1, 1, {}) == (len(done.created), len(done.dropped), done.troubles), f"the rotation did not rotate: {done}"


def _partman(url: str, rounds: int, turn: int) -> None:
    """Retire without keeping the table, as ours does, though without an archive."""
    run(
        url,
        _RETENTION.format(at=PARTMAN, premake=5 + turn, months=rounds - turn),
        f"SELECT partman.run_maintenance('{PARTMAN}')",
    )


def _naive(url: str, rounds: int, turn: int) -> None:
    run(url, _MONTH.format(at=NAIVE, month=5 + turn), _RETIRE.format(at=NAIVE, month=rounds + 1 - turn))
