"""Rows and jobs that disagree are found, named, and mended once, whoever mends beside, however small the batches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob
from bellwork.db.pipelines import Found, Healing, compare, misfit, standing, unindexed
from bellwork.db.vocabulary import Pipeline, PipelineError, Stage
from tests.db.ledger import hands

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLE = """
CREATE SCHEMA t;
CREATE TABLE t.orders (
    id uuid DEFAULT gen_random_uuid(), no int, status text NOT NULL DEFAULT 'asked', weight int,
    updated_at timestamptz DEFAULT now() - interval '1 hour', PRIMARY KEY (id, no));
CREATE INDEX orders_open ON t.orders (status, updated_at) WHERE status NOT IN ('sent', '100%: done')
"""
_WHO = {"order_id": "id", "no": "no"}
ORDERS = Pipeline(
    "t.orders",
    table="orders",
    stages=(
        Stage("asked", "t.pack", _WHO, also={"weight": "weight"}, key="'t.pack:' || r.id || ':' || r.no"),
        Stage("packed", "t.send", _WHO, key="'t.send:' || r.id || ':' || r.no"),
    ),
    final=("sent", "100%: done"),
    by=("id", "no"),
)
BY = ChangedBy("ann", "a test")


@pytest.fixture
def orders(database: str) -> Iterator[None]:
    """A table of orders; its rows are an hour old."""
    del database
    hands.run(_TABLE)
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.pack", "queue": "t", "priority": 0, "lane": "long"}])
    yield
    hands.run("DROP SCHEMA t CASCADE")


def put(count: int = 1, status: str = "asked", since: str = "now() - interval '1 hour'") -> list[tuple[str, int]]:
    """Put orders into a status, and return their keys."""
    asked = f"""INSERT INTO t.orders (no, status, weight, updated_at)
        SELECT n, :status, n, {since} FROM generate_series(1, :n) n RETURNING CAST(id AS text), no"""  # noqa: S608 - a test's own
    with transaction() as conn:
        return [(row[0], row[1]) for row in conn.execute(text(asked), {"n": count, "status": status})]


def job(order: tuple[str, int], actor: str = "t.pack", key: str | None = "", **more: Any) -> int:
    """Enqueue the job of an order, an hour ago; with its key unless told."""
    ids: list[int | None] = []
    key = f"{actor}:{order[0]}:{order[1]}" if key == "" else key
    args = {"order_id": order[0], "no": order[1]}
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(actor, args, unique_key=key, told=ids.append, **more)])
        conn.execute(text("UPDATE bellwork.jobs SET created_at = now() - interval '1 hour'"))
    assert ids[0] is not None
    return ids[0]


def end(id_: int, state: str) -> None:
    """Let a job end so."""
    with transaction() as conn:
        ledger.cancel(conn, [id_], "a reason")
        conn.execute(text("UPDATE bellwork.finished_jobs SET state = CAST(:s AS bellwork.job_state)"), {"s": state})


def kinds(found: Found) -> dict[str, int]:
    """What is wrong, by kind."""
    return dict(found.wrong)


def live() -> list[tuple[str, dict[str, Any], str | None]]:
    """The unfinished jobs."""
    with transaction() as conn:
        rows = conn.execute(text("SELECT actor, args, unique_key FROM bellwork.jobs ORDER BY id"))
        return [tuple(row) for row in rows]


@pytest.mark.usefixtures("orders")
def test_rows_with_their_jobs_and_rows_that_are_over_agree() -> None:
    """With a key, by the argument alone, running, due tomorrow, or of a key that is free while it runs."""
    keyed, unkeyed, running, later, waiting = put(5)
    job(running)
    hands.run("UPDATE bellwork.jobs SET state = 'running', worker_id = gen_random_uuid(), claimed_at = now()")
    job(keyed)
    job(unkeyed, key=None)
    job(later, delay=86_400)
    job(waiting, key=None, options={"waiting_key": "t"})
    job(waiting, key="t", waiting=True)
    put(3, "sent")
    put(2, "100%: done")
    put(2, "held")
    found = compare(ORDERS)

    assert {} == kinds(found)
    assert (5, 6) == (found.rows, found.jobs)


@pytest.mark.usefixtures("orders")
def test_a_row_without_a_job_gets_it_once_with_key_and_arguments() -> None:
    """However many mend at once, and however often; who mended and why is an act on each job."""
    order = put()[0]
    assert {"no job": 1} == kinds(compare(ORDERS))
    assert [] == live(), "who only looks changes nothing"
    with ThreadPoolExecutor(4) as several:
        found = list(several.map(lambda _: compare(ORDERS, healing=Healing(BY, retry=False)), range(4)))

    key = f"t.pack:{order[0]}:1"
    assert [("t.pack", {"order_id": order[0], "no": 1, "weight": 1}, key)] == live()
    assert 1 == sum(each.mended.total() for each in found)
    assert {} == kinds(compare(ORDERS))
    with transaction() as conn:
        [act] = ledger.list_acts(conn, 10)
    assert ("ann", "a test", "reconcile") == (act["who"], act["why"], act["what"])
    assert act["subject"] == f"job {next(iter(act['after']))}"
    assert "there is no job of t.pack" in next(iter(act["before"].values()))


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("state", ["dead", "cancelled"])
def test_a_row_whose_job_ended_gets_it_back_where_that_is_asked_for(state: str) -> None:
    """By itself nobody puts a job back that died, or that somebody cancelled."""
    order = put()[0]
    ended = job(order)
    end(ended, state)
    careful = compare(ORDERS, healing=Healing(BY, retry=False))

    assert ({"ended job": 1}, {}) == (kinds(careful), dict(careful.mended))
    assert f"job {ended} of t.pack ended as {state}: a reason" in careful.examples[0].said
    assert {"ended job": 1} == dict(compare(ORDERS, healing=Healing(BY, retry=True)).mended)
    assert ["t.pack"] == [each[0] for each in live()]
    assert {} == kinds(compare(ORDERS))


@pytest.mark.usefixtures("orders")
def test_what_ended_before_the_row_came_here_is_not_its_job() -> None:
    """A row that was sent back to where it was once waits for a new job."""
    order = put()[0]
    end(job(order), "dead")
    hands.run("UPDATE t.orders SET updated_at = now()")
    hands.run("UPDATE bellwork.finished_jobs SET finished_at = now() - interval '1 min'")

    assert {"no job": 1} == kinds(compare(ORDERS, age=0))


@pytest.mark.usefixtures("orders")
def test_jobs_that_no_row_waits_for_are_cancelled_and_others_kept() -> None:
    """For a row that is over, for one that is not there, and for one that has moved on."""
    over, stands, moved = put(1, "sent")[0], put()[0], put(1, "packed")[0]
    idle = [job(over), job(("00000000-0000-0000-0000-000000000000", 1)), job(("no uuid", 1), key="odd")]
    kept, passed, next_ = job(stands), job(moved), job(moved, "t.send")
    found = compare(ORDERS, healing=Healing(BY, retry=False))

    assert {"idle job": 3, "second job": 1} == kinds(found) == dict(found.mended)
    assert {*idle, passed} == {each.job for each in found.examples}
    with transaction() as conn:
        left = conn.execute(text("SELECT id FROM bellwork.jobs")).scalars().all()
        reasons = conn.execute(text("SELECT DISTINCT state::text, reason FROM bellwork.finished_jobs")).all()
    assert {kept, next_} == set(left)
    assert [("cancelled", "reconciled: no row waits for it (ann)")] == [tuple(row) for row in reasons]


@pytest.mark.usefixtures("orders")
def test_of_two_jobs_for_one_row_the_one_with_its_key_stays_else_the_older() -> None:
    """Whoever sent the other without a key, or with a key of its own."""
    keyed, unkeyed = put(2)
    other, right = job(keyed, key="mine"), job(keyed)
    older, younger = job(unkeyed, key=None), job(unkeyed, key=None)
    found = compare(ORDERS, healing=Healing(BY, retry=False))

    assert {other, younger} == {each.job for each in found.examples}
    with transaction() as conn:
        assert [right, older] == list(conn.execute(text("SELECT id FROM bellwork.jobs ORDER BY id")).scalars())


@pytest.mark.usefixtures("orders")
def test_what_has_just_changed_is_not_judged() -> None:
    """Neither a row that was moved, nor a job of a row that is just over, nor a new job."""
    put(1, since="now()")
    job(put(1, "sent", "now()")[0])
    put(1, "sent")
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.pack", {"order_id": "none", "no": 0})])

    assert {} == kinds(compare(ORDERS))
    assert {"no job": 1, "idle job": 2} == kinds(compare(ORDERS, age=0))


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize("batch", [1, 2, 7, 100])
def test_nothing_is_missed_between_batches(batch: int) -> None:
    """Rows of one moment, rows that never say when they changed, and jobs."""
    put(5)
    put(4, since="NULL")
    put(3, "packed", "now() - interval '2 hours'")
    for order in put(6, "sent"):
        job(order)
    found = compare(ORDERS, batch=batch)

    assert ({"no job": 12, "idle job": 6}, 12, 6) == (kinds(found), found.rows, found.jobs)
    healed = compare(ORDERS, batch=batch, healing=Healing(BY, retry=False))
    assert found.wrong == healed.mended
    assert {} == kinds(compare(ORDERS, batch=batch))


@pytest.mark.usefixtures("orders")
def test_what_is_cut_off_is_found_by_the_next_run() -> None:
    """What was mended stays so; time that is over is told."""
    put(6)
    first = compare(ORDERS, batch=2, budget=0, healing=Healing(BY, retry=False))
    rest = compare(ORDERS, healing=Healing(BY, retry=False))

    assert first.unfinished
    assert not rest.unfinished
    assert 6 == first.mended.total() + rest.mended.total() == len(live())


@pytest.mark.usefixtures("orders")
def test_a_job_that_makes_its_row_may_be_there_before_it() -> None:
    """It is idle where its row is over."""
    maker = replace(ORDERS, stages=tuple(replace(stage, makes_row=True) for stage in ORDERS.stages))
    job(("00000000-0000-0000-0000-000000000000", 1))
    job(put(1, "sent")[0])

    assert {"idle job": 2} == kinds(compare(ORDERS))
    assert {"idle job": 1} == kinds(compare(maker))


@pytest.mark.usefixtures("orders")
def test_a_description_that_does_not_fit_says_why() -> None:
    """The table, a column, its type, a condition; and an index that is missing is named."""
    odd = {
        "which is not there": replace(ORDERS, table="none"),
        "a column 'at'": replace(ORDERS, since="at"),
        "of type 'text'": replace(ORDERS, since="status"),
        "PostgreSQL cannot read": replace(ORDERS, where="r.colour = 1"),
    }
    with transaction() as conn:
        said = {words: misfit(conn, pipeline) or "" for words, pipeline in odd.items()}
        assert (None, None) == (misfit(conn, ORDERS), unindexed(conn, ORDERS))
        conn.execute(text("DROP INDEX t.orders_open"))
        lacking = unindexed(conn, ORDERS)

    assert [] == [(words, each) for words, each in said.items() if words not in each]
    assert lacking is not None
    assert lacking.startswith('CREATE INDEX CONCURRENTLY ON "t"."orders" (status, updated_at) WHERE')
    with pytest.raises(PipelineError, match="which is not there"):
        compare(odd["which is not there"])
    put()
    with pytest.raises(PipelineError, match="division by zero"):
        compare(replace(ORDERS, where="1 / (r.weight - 1) = 1"))
    long = replace(ORDERS, stages=(replace(ORDERS.stages[0], key="repeat('x', 500)"),))
    with pytest.raises(PipelineError, match="has a job that is refused"):
        compare(long, healing=Healing(BY, retry=False))


@pytest.mark.usefixtures("orders")
def test_stages_are_counted_with_their_oldest() -> None:
    """Of each status that waits for a job, however many rows are over."""
    put(3)
    put(1, since="now() - interval '2 days'")
    put(50, "sent")
    with transaction() as conn:
        found = standing(conn, ORDERS)
        days = conn.execute(text("SELECT CAST(now() - :at AS text)"), {"at": found[0].oldest}).scalar_one()

        some = (replace(ORDERS.stages[0], where="r.weight > 1"), ORDERS.stages[1])
        chosen = standing(conn, replace(ORDERS, stages=some))

    assert [("asked", 4), ("packed", 0)] == [(each.status, each.rows) for each in found]
    assert [("asked", 2), ("packed", 0)] == [(each.status, each.rows) for each in chosen]
    assert days.startswith("2 days")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "orders"}, "its name is"),
        ({"stages": ()}, "needs a stage"),
        ({"table": "t.orders"}, "plain names"),
        ({"where": "true; DROP TABLE x"}, "without ; and comments"),
        ({"final": ("asked",)}, "say one of the two"),
        ({"stages": (Stage("asked", "t.a", {}),)}, "by which argument"),
        ({"stages": (Stage("a", "t.a", {"x": "id"}), Stage("b", "t.a", {"y": "id"}))}, "in one way"),
    ],
)
def test_what_is_told_wrongly_is_refused(change: dict[str, Any], said: str) -> None:
    """Before anything is asked of a database."""
    with pytest.raises(PipelineError, match=said):
        replace(ORDERS, **change)
