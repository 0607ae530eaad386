"""Notices leave after a year, by a rule of Bellwork's own."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.notices import notify
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from bellwork.workers.testing import run_inline


@pytest.mark.usefixtures("database")
def test_notices_of_more_than_a_year_ago_leave() -> None:
    """What is younger stays, read or not."""
    with transaction() as conn:
        for days in (1, 365, 367):
            notify(conn, "somebody", "t.told", str(days), {})
            conn.execute(
                text("UPDATE bellwork.notices SET created_at = now() - make_interval(days => :n) WHERE key = :key"),
                {"n": days, "key": str(days)},
            )
    assert "done" == run_inline(sweep_by_rule, rule="bellwork.forget_notices")["state"]
    with transaction() as conn:
        left = conn.execute(text("SELECT key FROM bellwork.notices ORDER BY created_at DESC")).scalars().all()

    assert ["1", "365"] == left
