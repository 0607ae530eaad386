"""What the soak's check is worth: orders that ended well break nothing, and every broken promise is named."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.workers.testing import drain
from tests.conftest import _fresh
from tests.soak import producer
from tests.soak.check import check
from tests.soak.journal import Promises
from tests.soak.orders import Order, place, repeat
from tests.soak.sql import ground, order_rows
from tests.soak.work import KINDS, outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

ORDERS = 150
#: What can run on a thread of this very process, without servers and systems of others.
GENTLE = tuple(
    kind
    for kind in KINDS
    if kind.name not in {"crashing", "stuck", "slow", "exiting", "forking"}
    and kind.actor.fn.__module__ != outside.__name__
)
_AGAIN = """
INSERT INTO bellwork.jobs (id, queue, actor, args) OVERRIDING SYSTEM VALUE
SELECT id, queue, actor, args FROM bellwork.finished_jobs ORDER BY id LIMIT 1
"""

BREAKS = {
    "an effect is gone": ("DELETE FROM bellwork_soak.effects WHERE job_id % 2 = 0", "done jobs without"),
    "a step is gone": ("DELETE FROM bellwork_soak.effects WHERE step = 'dead'", "steps are not all taken"),
    "an effect is there twice": ("INSERT INTO bellwork_soak.effects TABLE bellwork_soak.effects", "effects twice"),
    "an order is gone": ("DELETE FROM bellwork_soak.orders WHERE kind = 'chain'", "committed and are not there"),
    "a rolled back order is there": (
        "INSERT INTO bellwork_soak.orders VALUES (:forsworn, 'effect')",
        "rolled back and left something",
    ),
    "a rolled back order has an effect": (
        "INSERT INTO bellwork_soak.effects VALUES (:forsworn, 'done', 1)",
        "rolled back and left something",
    ),
    "an order came from nowhere": ("INSERT INTO bellwork_soak.orders VALUES ('x', 'effect')", "nobody placed"),
    "a first job is gone": ("DELETE FROM bellwork.finished_jobs", "orders without their first job"),
    "a job never ended": (_AGAIN, "never ended"),
    "a job ended wrongly": ("UPDATE bellwork.finished_jobs SET state = 'dead', reason = ''", "ended otherwise"),
    "a cancelled job left an effect": ("UPDATE bellwork.finished_jobs SET state = 'cancelled'", "not done"),
    "a status was passed twice": (
        "UPDATE bellwork_soak.orders SET history = history || status",
        "did not pass each status once",
    ),
    "a zombie left an effect": ("UPDATE bellwork_soak.effects SET attempt = attempt + 1", "did not hold its job"),
    "a job ran uncounted": ("UPDATE bellwork.finished_jobs SET attempt = attempt + 41", "without a count"),
    "the ledger is broken": (_AGAIN, "finished and unfinished at the same time"),
}


@pytest.fixture(scope="module")
def promises(stack: Stack, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Promises]:
    """Place orders of every gentle kind, and run all of them on this thread."""
    folder = tmp_path_factory.mktemp("soak")
    with contextmanager(_fresh)(stack, template), pytest.MonkeyPatch.context() as patch:
        patch.setattr(producer, "KINDS", GENTLE)
        with transaction() as conn:
            order_rows.create(conn)
            ground.create(conn)
        placing = producer.Producer(folder, "test", seed=1)
        while placing.placed < ORDERS:
            placing.place_some()
        drain("soak", "soak_short", later=True, most=10_000)
        placing.journal.close()
        yield Promises.read(folder)


def test_kept_promises_break_nothing(promises: Promises) -> None:
    """Orders of every kind, by every way, turned back and repeated, are all in order."""
    with transaction() as conn:
        kinds = {order.kind for order in order_rows.list_orders(conn)}
        assert [] == check(conn, promises)
    assert {kind.name for kind in GENTLE} == kinds
    assert promises.forsworn
    assert promises.committed == promises.intended


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_promise_is_named(what: str, promises: Promises) -> None:
    """Each is broken by SQL behind the soak's back, and taken back again."""
    statement, words = BREAKS[what]
    found: list[str] = []
    with suppress(_TakenBack), transaction() as conn:
        conn.execute(text(statement), {"forsworn": min(promises.forsworn)} if ":forsworn" in statement else {})
        found = check(conn, promises)
        raise _TakenBack

    assert any(words in sentence for sentence in found), found


def test_a_repetition_is_no_second_job(database: str) -> None:
    """Placed and repeated while unfinished there is one job; repeated when it is done, there is none more."""
    del database
    with transaction() as conn:
        order_rows.create(conn)
    order = Order("again", next(kind for kind in GENTLE if kind.name == "effect"), "ours", 0, 0.0)
    place([order])
    place([order])
    assert (None, 1) == (repeat(order), _count())
    drain("soak")

    assert (None, 0) == (repeat(order), _count())


def _count() -> int:
    with transaction() as conn:
        return order_rows.unfinished(conn)


class _TakenBack(Exception):  # noqa: N818 - nothing is wrong
    """What was broken is whole again."""
