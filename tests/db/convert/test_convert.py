"""A plain audit trail becomes a partitioned one in place: its rows lie where they lay, and it goes on as before."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db import migrate
from bellwork.db.engine import transaction
from bellwork.db.partitions import horizon
from bellwork.db.partitions.convert import NotConvertibleError, abandon, convert, examine
from bellwork.db.partitions.convert.session import own_session
from bellwork.db.vocabulary import PartitionedTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.partitions.convert.session import Session

STEPS = ["bound", "validate", "require", "index", "swap", "ahead", "analyze"]
_PARTITIONS = text("""
SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class JOIN pg_inherits ON inhrelid = oid
WHERE inhparent = to_regclass('public.audit_logs') ORDER BY relname LIKE '%before%' DESC, relname
""")
_LEFT = text("SELECT count(*) FROM pg_class WHERE relname LIKE '%convert%'")
_FILE = text("SELECT relfilenode FROM pg_class WHERE oid = to_regclass(:table)")
_NEAR = text("""
SELECT format('ALTER TABLE public.audit_logs ADD CONSTRAINT audit_logs_convert_bound'
              ' CHECK (created_at IS NOT NULL AND created_at < %L)', now() + interval '6 days')
""")
_BOUNDARY = text("SELECT to_char(date_trunc('month', now() + interval '28 days') + interval '1 month', 'YYYY_MM')")


def test_every_row_stays_as_it_was_and_where_it_was(plain: PartitionedTable) -> None:
    """2,001 rows are equal before and after, in the same file: nothing was copied."""
    before, file = _rows(), _one(_FILE, table="public.audit_logs")
    done = convert(plain)
    boundary = _one(_BOUNDARY)

    assert STEPS == list(done.seconds)
    assert len(before) == 2_001
    assert before == _rows()
    assert file == _one(_FILE, table=f"public.audit_logs_before_{boundary}")
    assert 0 == _one(_LEFT)


def test_the_old_rows_are_one_partition_and_the_months_after_it_are_there(plain: PartitionedTable) -> None:
    """It takes what comes for four weeks at least, so nothing depends on the months created now."""
    convert(plain)
    boundary = _one(_BOUNDARY)
    with transaction() as conn:
        (first, bounds), *later = conn.execute(_PARTITIONS).all()
        ahead = horizon(conn, plain)

    assert f"audit_logs_before_{boundary}" == first
    assert f"FOR VALUES FROM (MINVALUE) TO ('{boundary.replace('_', '-')}-01 00:00:00+00')" == bounds
    assert [f"audit_logs_{boundary}"] == [name for name, _ in later][:1]
    assert ahead in {2, 3}


def test_the_trail_goes_on(plain: PartitionedTable) -> None:
    """New rows get the ids that come next, old moments and coming months are taken, a user that goes leaves NULL."""
    with transaction() as conn:
        last = conn.execute(text("SELECT max(id) FROM public.audit_logs")).scalar_one()
    convert(plain)
    with transaction() as conn:
        written = conn.execute(
            text(
                "INSERT INTO public.audit_logs (action, user_id, created_at) VALUES ('new', 'user_teacher', now()),"
                " ('old', NULL, '1999-12-31Z'), ('later', NULL, now() + interval '63 days') RETURNING id"
            )
        )
        ids = list(written.scalars())
        conn.execute(text("UPDATE public.audit_logs SET user_id = NULL WHERE action = 'new'"))
        conn.execute(text("DELETE FROM public.classes"))
        conn.execute(text("DELETE FROM public.users WHERE id = 'user_student'"))
        orphans = conn.execute(text("SELECT count(*) FROM public.audit_logs WHERE user_id = 'user_student'"))

        assert [last + 1, last + 2, last + 3] == ids
        assert 0 == orphans.scalar_one()


def test_nothing_is_read_or_built_while_the_table_is_locked(
    plain: PartitionedTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL says that the swap takes the CHECK for its proof, reads no row and builds no index."""
    said: list[str] = []
    monkeypatch.setattr("bellwork.db.partitions.convert.run.own_session", partial(_overheard, said))
    convert(plain, say=lambda step: said.append(f"step {step.name}"))
    swap = said[said.index("step swap") : said.index("step ahead")]
    old = f'"audit_logs_before_{_one(_BOUNDARY)}"'

    assert f"partition constraint for table {old} is implied by existing constraints" in swap
    assert [] == [line for line in swap if line.startswith(("verifying table", "rewriting table"))]
    assert [] == [line for line in swap if line.startswith("building index") and line.split()[-2].startswith(old)]


def test_what_is_done_is_not_done_again(plain: PartitionedTable) -> None:
    """A second run finds a partitioned table: it creates what may lack ahead, and changes no row."""
    convert(plain)
    before = _rows()

    assert ["ahead", "analyze"] == list(convert(plain).seconds)
    assert before == _rows()


def test_a_look_changes_nothing(plain: PartitionedTable) -> None:
    """It lists all steps and nothing in the way, and leaves neither constraint nor index."""
    found = examine(plain)

    assert ("plain", STEPS, []) == (found.progress.kind, [step.name for step in found.steps], found.obstacles)
    assert 0 == _one(_LEFT)
    assert "plain" == examine(plain).progress.kind


def test_a_boundary_that_has_come_near_is_moved_on(plain: PartitionedTable) -> None:
    """A conversion left lying for weeks does not run its writers into the old promise: it is made anew, and proven."""
    with transaction() as conn:
        conn.execute(text(conn.execute(_NEAR).scalar_one()))
    convert(plain)
    with transaction() as conn:
        (first, _), *_ = conn.execute(_PARTITIONS).all()

    assert f"audit_logs_before_{_one(_BOUNDARY)}" == first


def test_a_conversion_can_be_taken_back(plain: PartitionedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before its swap, it leaves a plain table without promise and index, and nothing more to take back."""
    monkeypatch.setattr("bellwork.db.partitions.convert.run.reach", _stop_before_the_swap)
    with pytest.raises(KeyboardInterrupt):
        convert(plain)

    assert abandon(plain)
    assert not abandon(plain)
    assert 0 == _one(_LEFT)
    assert "plain" == examine(plain).progress.kind


def test_the_way_down_leaves_a_converted_table_to_its_team(plain: PartitionedTable) -> None:
    """It was theirs before, so it stays theirs, partitioned, with every row."""
    convert(plain)
    before = _rows()
    migrate.downgrade("base")

    assert before == _rows()


def test_a_table_that_is_not_there_is_said(plain: PartitionedTable) -> None:
    """Not a plain one, and none that could be made: the message names the command that does."""
    missing = PartitionedTable("content.nonesuch", "created_at", "month", 3)

    with pytest.raises(NotConvertibleError, match=r'there is no table "public"\."nonesuch"; `bellwork migrate`'):
        convert(missing)
    with pytest.raises(DBAPIError, match="nonesuch"):
        _one(text("SELECT count(*) FROM public.nonesuch"))
    assert plain.table == "audit_logs"


def _stop_before_the_swap(point: str, step: str = "") -> None:
    if (point, step) == ("before_convert", "swap"):
        raise KeyboardInterrupt


def _rows() -> list[dict[str, Any]]:
    with transaction() as conn:
        found = conn.execute(text("SELECT to_jsonb(t) FROM public.audit_logs t ORDER BY id")).scalars()
        return list(found)


@contextmanager
def _overheard(said: list[str], key: int, table: str) -> Iterator[Session]:
    """Open the session as usual, and hear what PostgreSQL has to say about what it does."""
    with own_session(key, table) as session:
        session.execute("SET client_min_messages = debug1")
        session.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        yield session


def _one(question: Any, **asked: object) -> Any:
    with transaction() as conn:
        return conn.execute(question, asked).scalar_one()
