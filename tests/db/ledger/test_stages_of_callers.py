"""A restricted caller names no queue for what follows its job: each stage and callback goes to its actor's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq import group, pipeline
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import StubBackend
from sqlalchemy import text

from bellwork.workers import LedgerBroker
from bellwork.workers.broker import default_middleware
from tests.db.ledger import callers

if TYPE_CHECKING:
    from sqlalchemy import Connection

broker = LedgerBroker([*default_middleware(), GroupCallbacks(StubBackend())])
FIRST, NEXT = (
    dramatiq.actor(actor_name=name, queue_name=queue, broker=broker)(lambda _=None: None)
    for name, queue in (("t.x", "default"), ("t.y", "letters"))
)
#: A queue that is none of theirs.
FOREIGN = "upkeep"
_AS_CALLER = text("SELECT id FROM bellwork.enqueue_as_caller(CAST(:jobs AS jsonb))")
_OPTIONS = text("SELECT options FROM bellwork.jobs ORDER BY id")


def later(queue: str = FOREIGN) -> dramatiq.Message[Any]:
    """Make a message for t.y that names a queue, as a process of another release does."""
    return NEXT.message().copy(queue_name=queue)


def stages() -> Any:
    """Begin with t.x; the next stage names a foreign queue."""
    return pipeline([FIRST.message(), later()], broker=broker)


def nested() -> Any:
    """Make it a pipeline of pipelines, of four stages."""
    inner = pipeline(
        [later(), pipeline([FIRST.message().copy(queue_name=FOREIGN), later()], broker=broker)], broker=broker
    )
    return pipeline([FIRST.message(), inner], broker=broker)


def callback() -> Any:
    """Name it for what follows a whole group, and for what follows that."""
    members = group([FIRST.message(), FIRST.message()], broker=broker)
    last = later()
    last.options["pipe_target"] = later().asdict()
    members.add_completion_callback(last)
    return members


WAYS = {"a later stage": stages, "a pipeline of pipelines": nested, "a group's callback": callback}


def following(value: Any) -> list[tuple[str, str]]:
    """List the (actor, queue) of every message in a job's options, from the outside to the inside."""
    if isinstance(value, list):
        return [pair for each in value for pair in following(each)]
    if not isinstance(value, dict):
        return []
    own = [(value["actor_name"], value["queue_name"])] if "queue_name" in value else []
    return own + [pair for each in value.values() for pair in following(each)]


def prepared(conn: Connection, role: str = "bellwork_api") -> None:
    """Register the actors as their workers do, and go on as a member of the role."""
    callers.register(conn)
    callers.register(conn, "t.y", queue="letters")
    callers.become(conn, "somebody", role)


def sent(conn: Connection) -> list[tuple[str, str]]:
    """List what follows all jobs, as the owner reads it."""
    conn.execute(text("RESET SESSION AUTHORIZATION"))
    return following(list(conn.execute(_OPTIONS).scalars()))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("role", ["bellwork_api", "bellwork_worker", "bellwork_ops"])
def test_what_follows_goes_where_its_sender_may_send(undone: Connection, role: str, way: Any) -> None:
    """From a restricted role to its actor's registered queue, from workers and operators to the one that is named."""
    prepared(undone, role)
    with undone.begin_nested():
        way().run()
    found = sent(undone)
    own = {"t.x": "default", "t.y": "letters"}

    assert found
    assert [(actor, own[actor] if role == "bellwork_api" else FOREIGN) for actor, _ in found] == found


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_sql_function_lets_nobody_name_a_queue_for_what_follows(undone: Connection, way: Any) -> None:
    """Whoever writes the document for himself, without Bellwork's Python, gets as far as with it."""
    prepared(undone, "bellwork_ops")
    with undone.begin_nested():
        way().run()
    written = [{"actor": "t.x", "options": options} for options in undone.execute(_OPTIONS).scalars()]
    callers.become(undone, "web")
    jobs = undone.execute(_AS_CALLER, {"jobs": json.dumps(written)}).scalars().all()
    undone.execute(text("RESET SESSION AUTHORIZATION"))
    kept = undone.execute(text("SELECT options FROM bellwork.jobs WHERE id = ANY(:ids)"), {"ids": list(jobs)})
    found = following(list(kept.scalars()))

    assert {("t.y", "letters")} <= set(found) <= {("t.y", "letters"), ("t.x", "default")}


def test_a_sender_of_another_release_is_not_refused(undone: Connection) -> None:
    """Whether its queue is the one of before or the one of tomorrow: the stage goes where live workers have it now."""
    prepared(undone)
    undone.execute(text("RESET SESSION AUTHORIZATION"))
    callers.register(undone, "t.y", queue="post")
    callers.become(undone, "somebody")
    with undone.begin_nested():
        for queue in ("letters", "post", "of tomorrow"):
            pipeline([FIRST.message(), later(queue)], broker=broker).run()

    assert [("t.y", "post")] * 3 == sent(undone)


def test_arguments_of_a_stage_are_its_own(undone: Connection) -> None:
    """They are kept as they were sent, also where they look like a message."""
    prepared(undone)
    given = {"actor_name": "t.x", "queue_name": FOREIGN, "options": {}}
    stage = NEXT.message(given)
    with undone.begin_nested():
        pipeline([FIRST.message(), stage.copy(options={"pipe_ignore": True})], broker=broker).run()
    undone.execute(text("RESET SESSION AUTHORIZATION"))
    [options] = undone.execute(_OPTIONS).scalars()

    assert [given] == options["pipe_target"]["args"]
    assert "letters" == options["pipe_target"]["queue_name"]


@pytest.mark.parametrize("levels", [70, 300])
def test_what_is_too_deep_for_a_job_is_refused_as_ever(undone: Connection, levels: int) -> None:
    """By the rule's name, for whoever writes the document for himself: looking for queues does not come before it."""
    prepared(undone)
    deep = '{"a": ' * levels + json.dumps({"actor_name": "t.y", "queue_name": FOREIGN}) + "}" * levels
    jobs = f'[{{"actor": "t.x", "options": {deep}}}]'
    with callers.refused(undone, "23514", "at_most_64_levels_deep"):
        undone.execute(_AS_CALLER, {"jobs": jobs})
