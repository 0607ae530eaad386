"""What the soak's look at old feedback is worth: peace breaks nothing, each broken promise is named."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.scheduler.declare import synchronise
from bellwork.scheduler.rounds import decide_due
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from tests.helpers import eventually
from tests.soak import old_feedback
from tests.soak.blows.calendar import start_retention
from tests.soak.old_feedback import FRESH, MORE, OLD, RULE, retention_violations
from tests.soak.sql import order_rows
from tests.workers import look
from tests.workers.process import working

pytest.importorskip("pyarrow", reason="archives are Parquet: the extra `archive`")

FIELD: Any = None
DICE = Random(1)  # noqa: S311 - the same every time
BREAKS = {
    "a row that was to stay is gone": (
        "DELETE FROM content.feedback WHERE id = (SELECT max(id) FROM content.feedback)",
        f"of {FRESH} rows of feedback that were to stay {FRESH - 1} are there",
    ),
    "a row is back": (
        """INSERT INTO content.feedback (id, student_id, content_id, feedback_type)
        SELECT o.id, student_id, content_id, feedback_type
        FROM content.feedback, bellwork_soak.old_feedback o LIMIT 1""",
        "1 rows of feedback are old enough to leave, and still there",
    ),
    "a row went uncounted": (
        "UPDATE bellwork.retention_parcels SET removed = removed - 1 WHERE id = 1",
        f"{OLD} rows of feedback had to leave, {OLD - 1} are counted as gone",
    ),
    "a row was never archived": (
        "INSERT INTO bellwork_soak.old_feedback VALUES ('nobody_archived')",
        "1 rows of feedback are in no archive: nobody_archived",
    ),
    "a row was archived that was to stay": (
        "DELETE FROM bellwork_soak.old_feedback WHERE id = (SELECT min(id) FROM bellwork_soak.old_feedback)",
        "1 rows of feedback are in an archive and were to stay",
    ),
    "an archive is told of twice": (
        """INSERT INTO bellwork.retention_parcels
            (rule, origin, key, state, url, rows, bytes, sha256, digest, verified_at)
        SELECT rule, origin, key, state, url, rows, bytes, sha256, digest, verified_at
        FROM bellwork.retention_parcels""",
        f"{OLD} rows of feedback are in several archives",
    ),
}


@pytest.fixture(autouse=True)
def laid_out(database: str) -> None:
    """Old and fresh feedback."""
    del database
    with transaction() as conn:
        order_rows.create(conn)
    old_feedback.lay_out()


def test_old_feedback_leaves_whole_in_peace() -> None:
    """Once, and again with nothing left to do."""
    assert [[], []] == [retention_violations(), retention_violations()]


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_promise_is_named(what: str) -> None:
    """Each is broken by SQL behind the soak's back."""
    assert [] == retention_violations()
    statement, words = BREAKS[what]
    look.execute(statement)

    assert words in "; ".join(_without_a_run())


def test_a_run_that_never_ends_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job of the rule that nobody finishes is a broken promise, too."""
    monkeypatch.setattr(old_feedback, "PATIENCE", 0.2)
    look.execute("SELECT bellwork.enqueue('upkeep.sweep', jsonb_build_object('rule', CAST(:rule AS text)))", rule=RULE)

    assert [f"a run of {RULE} is not at its end 0.2 s after all was healed"] == retention_violations()


def test_the_nemesis_lets_feedback_grow_old_and_its_run_be_due() -> None:
    """Nothing before a scheduler brought the table; after that a real worker archives what was there and what came."""
    assert start_retention(FIELD, DICE) is None
    synchronise()
    assert start_retention(FIELD, DICE)
    assert decide_due() >= 1
    with working(sweep_by_rule.queue_name):
        eventually(lambda: look.states(sweep_by_rule.actor_name) == ["done"], 60)

    with transaction() as conn:
        assert OLD + MORE == conn.execute(text("SELECT sum(removed) FROM bellwork.retention_parcels")).scalar_one()
    assert [] == retention_violations()


def _without_a_run() -> list[str]:
    """Look without letting the rule mend what was broken."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(old_feedback, "_run_in_peace", lambda: True)
        return retention_violations()
