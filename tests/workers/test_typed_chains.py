"""What one job hands to another is written by the annotations of whoever takes it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import dramatiq
import pytest
from dramatiq import group, pipeline
from dramatiq.middleware import CurrentMessage, Middleware
from pydantic import BaseModel

from bellwork.db.engine import transaction
from bellwork.workers import broker, job
from bellwork.workers.pipelines import written_stages
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import working

QUEUES: list[tuple[str, dict[str, Any]]] = [("t.typed", {}), ("t.typed_short", {"lane": "short"})]
BOTH = pytest.mark.parametrize("lane", [0, 1], ids=["long", "short"])
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
got: list[Any] = []


class Film(BaseModel):
    """What a stage makes."""

    id: UUID
    made: datetime


def declare(name: str, function: Any, **options: Any) -> list[Any]:
    """Declare the same actor in both lanes."""
    return [
        dramatiq.actor(actor_name=f"{queue}.{name}", queue_name=queue, max_retries=1, **more, **options)(function)
        for queue, more in QUEUES
    ]


def _make(id: UUID) -> Film:  # noqa: A002 - a film's word for it
    return Film(id=id, made=NOW)


def _make_inside(id: UUID) -> None:  # noqa: A002 - as above
    with job.transaction():
        job.set_result(Film(id=id, made=NOW))


def _show(at: datetime, film: Film, *, rest: timedelta = timedelta(0)) -> datetime:
    got.append((at, film, rest))
    return at + rest


def _note(at: datetime) -> None:
    got.append(at)


def _note_day(day: date) -> None:
    got.append(day)


def _hear(message: dict[str, Any], result: Film) -> None:
    got.append((message["kwargs"], result))


def _hear_failure(message: dict[str, Any], error: dict[str, str]) -> None:
    got.append((message["kwargs"], error["type"]))


def _fail(at: datetime) -> None:
    raise ValueError(str(at.year))


MAKE, INSIDE, SHOW, NOTE, DAY = (
    declare(function.__name__, function) for function in (_make, _make_inside, _show, _note, _note_day)
)
HEAR, HEAR_FAILURE = declare("hear", _hear), declare("hear_failure", _hear_failure)
FAIL = declare("fail", _fail)


@pytest.fixture(autouse=True)
def _nothing_got() -> None:
    got.clear()


@BOTH
@pytest.mark.parametrize("first", [MAKE, INSIDE], ids=["returns", "job.transaction"])
@pytest.mark.usefixtures("database")
def test_a_stage_gets_the_result_as_it_was(lane: int, first: Any) -> None:
    """Returned or named; a stage's own arguments wait in the options of the stages before, as JSON has them."""
    show = SHOW[lane].message(NOW, rest=timedelta(hours=1))
    (first[lane].message(UUID(int=7)) | show | NOTE[lane].message()).run()
    with transaction() as conn:
        waiting = conn.exec_driver_sql("SELECT options -> 'pipe_target' FROM bellwork.jobs").scalar_one()
    drain(QUEUES[lane][0])

    film = Film(id=UUID(int=7), made=NOW)
    assert [(NOW, film, timedelta(hours=1)), NOW + timedelta(hours=1)] == got
    assert (["2026-01-01T12:00:00+00:00"], {"rest": "P0DT3600S"}) == (waiting["args"], waiting["kwargs"])


@BOTH
@pytest.mark.usefixtures("database")
def test_a_result_that_the_next_stage_does_not_take_ends_this_one(lane: int) -> None:
    """It says whose parameter it is; there is no next job."""
    (NOTE[lane].message(NOW) | DAY[lane].message()).run()
    (SHOW[lane].message(NOW, Film(id=UUID(int=7), made=NOW)) | DAY[lane].message()).run()
    drain(QUEUES[lane][0])
    drain(QUEUES[lane][0], later=True)

    reasons = [row["reason"] for row in look.jobs(state="dead")]
    assert 2 == len(reasons)
    assert f"TypeError: {DAY[lane].actor_name}: parameter 'day' takes date, got None" in reasons[0]
    assert f"{DAY[lane].actor_name}: parameter 'day' takes date, got datetime" in reasons[1]
    assert [] == enqueued(DAY[lane].actor_name)


@pytest.mark.usefixtures("database")
def test_a_later_stage_is_refused_where_the_pipeline_is_sent() -> None:
    """What it will be given by itself; nothing is enqueued."""
    with pytest.raises(TypeError, match=r"^t\.typed\._show: parameter 'at' takes datetime, got str"):
        (MAKE[0].message(UUID(int=7)) | SHOW[0].message("tomorrow")).run()

    assert [] == enqueued()


@pytest.mark.usefixtures("database")
def test_a_group_sends_each_by_its_own_annotations() -> None:
    """As single jobs are."""
    group([NOTE[0].message(NOW), DAY[0].message(date.max)]).run()
    drain("t.typed")

    assert {NOW, date.max} == set(got)


@pytest.mark.usefixtures("database")
def test_a_stage_that_nobody_knows_here_is_written_by_type() -> None:
    """Its worker reads it by its annotations."""
    following = DAY[0].message_with_options(kwargs={"day": date.max}, pipe_ignore=True)
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.delitem(broker.actors, DAY[0].actor_name)
        pipeline([NOTE[0].message(NOW), following]).run()
    drain("t.typed")

    assert [NOW, date.max] == got


def test_a_groups_callbacks_are_written_as_well() -> None:
    """They wait in the options of its jobs."""
    written = written_stages(broker, {"group_completion_callbacks": [NOTE[0].message(at=NOW).asdict()]})

    [callback] = written["group_completion_callbacks"]
    assert {"at": "2026-01-01T12:00:00+00:00"} == callback["kwargs"]


@BOTH
@pytest.mark.usefixtures("database")
def test_callbacks_get_the_result_as_it_was_and_the_message_as_json(lane: int) -> None:
    """on_success and on_failure."""
    MAKE[lane].send_with_options(args=(UUID(int=7),), on_success=HEAR[lane])
    FAIL[lane].send_with_options(args=(NOW,), on_failure=HEAR_FAILURE[lane], max_retries=0)
    drain(QUEUES[lane][0])

    assert ({"id": str(UUID(int=7))}, Film(id=UUID(int=7), made=NOW)) in got
    assert ({"at": "2026-01-01T12:00:00+00:00"}, "ValueError") in got


class Watch(Middleware):
    """Another author's, which looks at arguments."""

    def __init__(self) -> None:
        self.saw: list[Any] = []

    def before_process_message(self, broker: Any, message: Any) -> None:
        """Look at them as the actor gets them, and as they are kept."""
        del broker
        self.saw.append((message.kwargs["at"], message.asdict()["kwargs"]["at"]))


@BOTH
@pytest.mark.usefixtures("database")
def test_middleware_sees_what_the_actor_is_called_with(lane: int) -> None:
    """And the message itself is JSON, to be stored or sent on."""
    watch = Watch()
    before = list(broker.middleware)
    broker.add_middleware(watch)
    try:
        NOTE[lane].send(NOW)
        with working(QUEUES[lane][0]):
            eventually(lambda: look.states() == ["done"])
    finally:
        broker.middleware[:] = before

    assert [(NOW, "2026-01-01T12:00:00+00:00")] == watch.saw


def _now_here(at: datetime) -> None:
    message: Any = CurrentMessage.get_current_message()
    got.append(message.kwargs["at"] is at)


HERE = declare("here", _now_here)


@BOTH
@pytest.mark.usefixtures("database")
def test_the_current_message_has_the_same_arguments(lane: int) -> None:
    """Read once for a run."""
    assert "done" == run_inline(HERE[lane], at=NOW)["state"]

    assert [True] == got
