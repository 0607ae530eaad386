"""A plain table becomes a partitioned one: by Bellwork, by pg_partman, which moves its rows, and by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db import engine
from bellwork.db.partitions import declared
from bellwork.db.partitions.convert import convert
from tests.benchmarks.apart import adopt, database, name_of, run
from tests.benchmarks.beside import Scene, beside_others

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.apart import Ground
    from tests.benchmarks.beside import Beside

RATE = 1_500
MAPPED = {"SCHEMAS": "content=public"}
_NEW = "INSERT INTO public.audit_logs (action, user_id) VALUES ('written', 'user_teacher')"
_READ = "SELECT max(id) FROM public.audit_logs"
_ROWS = """
INSERT INTO public.audit_logs
    (user_id, user_role, action, resource_type, resource_id, ip_address, user_agent, created_at)
SELECT CASE WHEN n % 3 > 0 THEN 'user_student' END, 'student', 'view_content', 'content', 'content_' || n % 5000,
       '10.0.0.1', 'Mozilla/5.0 (X11, Linux x86_64) AppleWebKit/537.36 ' || n % 40,
       now() - n * (interval '1095 days' / {rows})
FROM generate_series(1, {rows}) n
"""
_LEGACY = """
ALTER TABLE public.audit_logs RENAME TO audit_logs_legacy;
ALTER INDEX public.audit_logs_pkey RENAME TO audit_logs_legacy_pkey;
ALTER INDEX public.idx_audit_logs_user RENAME TO idx_audit_logs_legacy_user;
ALTER INDEX public.idx_audit_logs_resource RENAME TO idx_audit_logs_legacy_resource;
ALTER INDEX public.idx_audit_logs_created RENAME TO idx_audit_logs_legacy_created
"""
_PARENT = """
CREATE TABLE public.audit_logs (LIKE public.audit_logs_legacy INCLUDING DEFAULTS) PARTITION BY RANGE (created_at);
ALTER TABLE public.audit_logs ADD PRIMARY KEY (id, created_at);
ALTER TABLE public.audit_logs ADD FOREIGN KEY (user_id) REFERENCES public.users ON DELETE SET NULL;
CREATE INDEX idx_audit_logs_user ON public.audit_logs (user_id, created_at DESC);
CREATE INDEX idx_audit_logs_resource ON public.audit_logs (resource_type, resource_id);
CREATE INDEX idx_audit_logs_created ON public.audit_logs (created_at DESC)
"""
_ATTACH = """
ALTER TABLE public.audit_logs_legacy DROP CONSTRAINT audit_logs_legacy_pkey;
ALTER TABLE public.audit_logs_legacy ALTER created_at SET NOT NULL;
ALTER TABLE public.audit_logs ATTACH PARTITION public.audit_logs_legacy FOR VALUES FROM (MINVALUE) TO ('2100-01-01')
"""
_COUNT = "SELECT count(*), count(DISTINCT id) FROM public.audit_logs"


def prepare(url: str, rows: int) -> None:
    """Lay out the plain table, adopted, with rows of three years; nobody is connected to it at the end."""
    adopt()
    engine.forget()
    run(url, _ROWS.format(rows=rows), "VACUUM ANALYZE public.audit_logs", "CHECKPOINT")


def ways(there: Ground, template: str, held: float) -> dict[str, Callable[[], Beside]]:
    """List the ways; each begins with a copy of the database `template`."""
    turns: dict[str, Callable[[str], None]] = {"Bellwork, partitions convert": _ours}
    if there.has_partman:
        turns["pg_partman, partition_data_proc"] = _partman
    turns["by hand, in one transaction"] = _naive
    return {name: partial(_once, there, template, held, turn) for name, turn in turns.items()}


def _once(there: Ground, template: str, held: float, turn: Callable[[str], None]) -> Beside:
    with database(there, name_of(template), **MAPPED) as url:
        return beside_others(Scene(url, [_NEW], RATE, _READ, held), partial(turn, url))


def _ours(url: str) -> None:
    del url
    done = convert(declared("content.audit_logs"))
    assert "swap" in done.seconds, f"nothing was converted: {done}"


def _naive(url: str) -> None:
    run(url, f"BEGIN; {_LEGACY}; {_PARENT}; {_ATTACH}; COMMIT")


def _partman(url: str) -> None:
    """Follow its guide: the old table makes room, and its rows are moved month by month, unseen until then."""
    run(
        url,
        "CREATE SCHEMA partman",
        "CREATE EXTENSION pg_partman SCHEMA partman",
        f"BEGIN; {_LEGACY}; {_PARENT}; SELECT partman.create_parent('public.audit_logs', 'created_at', 'native',"
        " 'monthly'); COMMIT",
        "CALL partman.partition_data_proc('public.audit_logs', p_wait := 0,"
        " p_source_table := 'public.audit_logs_legacy', p_quiet := true)",
    )
