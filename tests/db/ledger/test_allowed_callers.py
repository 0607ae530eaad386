"""A role without the right to insert jobs enqueues what an actor allows it to, and cancels and sees its own jobs."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork import tasks
from bellwork.db import ledger
from bellwork.db.engine import psycopg_of
from bellwork.workers import RefusedJob, broker
from bellwork.workers.as_job import as_job
from bellwork.workers.presence import actor_rows
from tests.db.ledger import callers

if TYPE_CHECKING:
    from sqlalchemy import Connection

for _found in walk_packages(tasks.__path__, f"{tasks.__name__}."):
    import_module(_found.name)

#: The actors of ours that an API layer may enqueue: all others destroy, write to people, or are a pipeline's own.
OPEN = {
    *("content.understand", "content.answer_clarification", "content.apply_feedback"),
    *("content.decide_account_request", "content.read_class_list"),
}
OURS = sorted(name for name in broker.actors if name.partition(".")[0] in {"content", "upkeep"})
#: What a restricted caller asks of `t.x` (queue 'default', priority 3), and what it is told.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an actor that no worker ever registered": ({"actor": "t.unheard"}, "never registered by a worker"),
    "an internal actor": ({"actor": "t.inner"}, 'callers="internal"'),
    "a foreign queue": ({"queue": "upkeep"}, "queue 'upkeep' is not that of actor 't.x'"),
    "a key of the calendar": (
        {"key": "entry:upkeep.rotate_partitions"},
        "'entry:upkeep.rotate_partitions' is the calendar's",
    ),
}
OPTIONS: dict[str, tuple[dict[str, Any], str]] = {
    "a callback": ({"on_success": "t.inner"}, "actor 't.inner'"),
    "a callback on failure": ({"on_failure": "t.inner"}, "actor 't.inner'"),
    "a pipeline": ({"pipe_target": {"actor_name": "t.inner", "options": {}}}, "actor 't.inner'"),
    "the third stage": (
        {"pipe_target": {"actor_name": "t.x", "options": {"pipe_target": {"actor_name": "t.inner"}}}},
        "t.inner",
    ),
    "a group's end": ({"group_completion_callbacks": [{"actor_name": "t.inner"}]}, "actor 't.inner'"),
    "urgency": ({"pipe_target": {"actor_name": "t.x", "options": {"priority": -5}}}, "is given a priority"),
}

_RUN = """
UPDATE bellwork.jobs SET state = 'running', claimed_at = now(), worker_id = gen_random_uuid(), attempt = 1
WHERE id = :id
"""
_FINISH = """
SELECT bellwork.finish(id, attempt, (extract(epoch FROM claimed_at) * 1000000)::int8) FROM bellwork.jobs WHERE id = :id
"""


def prepared(conn: Connection, login: str = "web") -> None:
    """Register the two actors, and go on as a member of bellwork_api."""
    callers.register(conn, priority=3)
    callers.register(conn, "t.inner", "internal")
    callers.become(conn, login)


def row(conn: Connection, job: int) -> Any:
    """Read a job as the owner does."""
    conn.execute(text("RESET SESSION AUTHORIZATION"))
    return conn.execute(text("SELECT * FROM bellwork.jobs WHERE id = :id"), {"id": job}).one()


def test_every_actor_of_ours_says_who_may_enqueue_it() -> None:
    """None is open because nobody thought of it."""
    assert [] == [name for name in OURS if "callers" not in broker.actors[name].options]
    assert {name for name in OURS if broker.actors[name].options["callers"] == "everyone"} == OPEN


@pytest.mark.parametrize("actor", OURS)
@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_worker", "bellwork_ops"])
def test_each_role_enqueues_the_actors_that_are_for_it(undone: Connection, role: str, actor: str) -> None:
    """By either function: workers and operators everything, everybody else what is declared for everyone."""
    ledger.register_actors(undone, actor_rows(broker))
    callers.become(undone, "somebody", role)
    if actor in OPEN or role != "bellwork_api":
        callers.enqueue(undone, actor=actor)

        assert 1 == callers.enqueue_many(undone, [{"actor": actor}])
        return
    words = f"actor '{actor}' is declared with callers=\"internal\""
    with callers.refused(undone, "42501", words):
        callers.enqueue(undone, actor=actor)
    with callers.refused(undone, "42501", words):
        callers.enqueue_many(undone, [{"actor": actor}])


@pytest.mark.parametrize(("asked", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_for_callers_is_refused_in_words(undone: Connection, asked: dict[str, Any], words: str) -> None:
    """By both functions, with none of the other jobs of the list inserted."""
    prepared(undone)
    job = {"actor": "t.x", **asked}
    with callers.refused(undone, "42501", words):
        callers.enqueue(undone, **job)
    job = {"unique_key" if name == "key" else name: value for name, value in job.items()}
    with callers.refused(undone, "42501", words):
        callers.enqueue_many(undone, [{"actor": "t.x"}, job])
    undone.execute(text("RESET SESSION AUTHORIZATION"))

    assert 0 == callers.waiting(undone)


@pytest.mark.parametrize(("options", "words"), OPTIONS.values(), ids=OPTIONS)
def test_jobs_that_follow_are_asked_for_as_well(undone: Connection, options: dict[str, Any], words: str) -> None:
    """Callbacks and pipelines are enqueued by a worker later: what their sender may is asked when he sends."""
    prepared(undone)
    with pytest.raises(RefusedJob, match=words), undone.begin_nested():
        ledger.enqueue(undone, [ledger.NewJob("t.x", options=options)])


@pytest.mark.parametrize(("asked", "given"), [(None, 3), (-1000, 3), (2, 3), (4, 4), (1000, 1000)])
def test_a_caller_may_wait_but_not_hurry(undone: Connection, asked: int | None, given: int) -> None:
    """A priority counts where it is less urgent than the actor's own."""
    prepared(undone)
    job = callers.enqueue(undone, actor="t.x", priority=asked)

    assert given == row(undone, job).priority


def test_a_key_that_is_taken_gives_the_job_that_holds_it(undone: Connection) -> None:
    """As for everybody: no second job, and the count of new ones says so."""
    prepared(undone)
    first = callers.enqueue(undone, actor="t.x", key="k")

    assert first == callers.enqueue(undone, actor="t.x", key="k")
    assert 1 == callers.enqueue_many(undone, [{"actor": "t.x", "unique_key": "k"}, {"actor": "t.x"}])


@pytest.mark.parametrize("key", ["entry:", "entry:content.sweep_stuck"])
def test_no_sender_holds_a_key_of_the_calendar(key: str) -> None:
    """Not even an actor of ours: only the scheduler writes such keys."""
    message = broker.actors["content.understand"].message(request_id="r").copy(options={"unique_key": key})
    with pytest.raises(ValueError, match="only the calendar's do"):
        as_job(broker, message)


def test_the_rights_at_the_call_decide(undone: Connection) -> None:
    """SET ROLE takes rights and gives them; a function with its owner's rights has the owner's."""
    prepared(undone)
    undone.execute(text("RESET SESSION AUTHORIZATION"))
    psycopg_of(undone).execute(b"""
        CREATE ROLE two_hats NOINHERIT IN ROLE bellwork_api, bellwork_worker;
        CREATE SCHEMA team;
        CREATE FUNCTION team.tidy() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog
            AS $$ SELECT bellwork.enqueue('t.inner') $$;
        GRANT USAGE ON SCHEMA team TO two_hats;
        SET LOCAL SESSION AUTHORIZATION two_hats""")
    undone.execute(text("SELECT team.tidy()"))
    undone.execute(text("SET LOCAL ROLE bellwork_worker"))
    callers.enqueue(undone, actor="t.inner")
    undone.execute(text("SET LOCAL ROLE bellwork_api"))
    with callers.refused(undone, "42501", "internal"):
        callers.enqueue(undone, actor="t.inner")


def test_a_team_s_own_role_is_a_restricted_caller(undone: Connection) -> None:
    """What was granted by name before the restriction came goes on working, restricted."""
    psycopg_of(undone).execute(b"CREATE ROLE team; GRANT bellwork_api TO team; SET LOCAL ROLE team")
    undone.execute(text("RESET ROLE"))
    callers.register(undone)
    undone.execute(text("SET LOCAL ROLE team"))

    assert callers.enqueue(undone, actor="t.x")


def test_a_job_is_cancelled_by_the_login_that_enqueued_it(undone: Connection) -> None:
    """Another's job, an unrestricted role's and one that is not there are answered alike."""
    callers.register(undone)
    owners = callers.enqueue(undone, actor="t.x")
    prepared(undone, "web")
    ours, kept = callers.enqueue(undone, actor="t.x"), callers.enqueue(undone, actor="t.x")
    callers.become(undone, "other web")
    theirs = callers.enqueue(undone, actor="t.x")
    answers = [callers.cancel(undone, job) for job in (ours, owners, 10**9, theirs)]
    callers.become(undone, "web")
    answers += [callers.cancel(undone, job) for job in (theirs, owners, ours, ours)]
    callers.become(undone, "olga", "bellwork_ops")
    answers += [callers.cancel(undone, job) for job in (owners, kept)]

    assert [False, False, False, True, False, False, True, False, True, True] == answers


def test_a_login_sees_its_own_jobs_and_what_became_of_them(undone: Connection) -> None:
    """Waiting, due later, cancelled and done; nobody else's, and no arguments."""
    prepared(undone, "other web")
    callers.enqueue(undone, actor="t.x")
    callers.become(undone, "web")
    waits, later, gone, done = (
        callers.enqueue(undone, actor="t.x", run_at=at) for at in (None, "2199-01-01T00:00Z", None, None)
    )
    callers.cancel(undone, gone, "not wanted")
    undone.execute(text("RESET SESSION AUTHORIZATION"))
    undone.execute(text(_RUN), {"id": done})
    undone.execute(text(_FINISH), {"id": done})
    callers.become(undone, "web")
    seen = undone.execute(text("SELECT id, state, reason FROM bellwork.own_jobs ORDER BY id")).all()

    assert [
        (waits, "available", None),
        (later, "scheduled", None),
        (gone, "cancelled", "not wanted"),
        (done, "done", None),
    ] == [tuple(row) for row in seen]


def test_send_works_for_a_restricted_role(undone: Connection) -> None:
    """From Python as from SQL, on the actor's registered queue; a refused actor is RefusedJob, in words."""
    prepared(undone)
    due = ledger.enqueue(
        undone,
        [
            ledger.NewJob("t.x", {"n": 1}, queue="of an older release", priority=-5),
            ledger.NewJob("t.x", delay=60, unique_key="k"),
            ledger.NewJob("t.x", unique_key="k"),
        ],
    )
    with pytest.raises(RefusedJob, match='callers="internal"'), undone.begin_nested():
        ledger.enqueue(undone, [ledger.NewJob("t.inner")])
    found = row(undone, due[0].id)

    assert [("default", 3)] == [(job.queue, job.priority) for job in due]
    assert ("default", 3, {"n": 1}, "web") == (found.queue, found.priority, found.args, found.enqueued_by)
    assert 2 == callers.waiting(undone)


def test_a_restricted_role_s_jobs_are_told_their_ids(undone: Connection) -> None:
    """Each its own, and None where an unfinished job has its key; where some of several are taken, none is told."""
    prepared(undone)
    told: list[tuple[str, int | None]] = []

    def tell(name: str, id_: int | None) -> None:
        told.append((name, id_))

    def send(**keys: str | None) -> list[tuple[str, int | None]]:
        told.clear()
        named = [
            ledger.NewJob("t.x", {"n": name}, unique_key=key, told=partial(tell, name)) for name, key in keys.items()
        ]
        ledger.enqueue(undone, named)
        return list(told)

    ids = dict(send(a=None, b="k", c="k", d=None, e="other"))
    again, alone = send(a=None, b="k", c=None), send(a="k")
    unclear = send(a="new", b="k")
    found = undone.execute(
        text("SELECT id, unique_key FROM bellwork.own_jobs WHERE id = ANY(:ids)"), {"ids": [*ids.values()]}
    )
    keys: dict[int, str | None] = dict(found.all())

    assert {"a": None, "b": "k", "d": None, "e": "other"} == {n: keys[id_] for n, id_ in ids.items() if id_ is not None}
    assert ("c", None) in ids.items()
    assert [True, False, True] == [id_ is not None for _, id_ in again]
    assert ([("a", None)], []) == (alone, unclear)
