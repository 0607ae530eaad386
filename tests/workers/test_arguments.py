"""Arguments of types that JSON lacks arrive as they were sent, and what would not is refused where it is sent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, field_validator

from bellwork import RefusedJob, job
from bellwork.workers import broker
from bellwork.workers.arguments import read_arguments, sent_arguments
from bellwork.workers.offline import Offline
from tests.helpers import eventually
from tests.workers import kinds, look
from tests.workers.kinds import ACTORS, ASYNC, HARD, KINDS, LONG, NAIVE, SHORT, Colour, Essay, Grade, Note, Order
from tests.workers.process import working

if TYPE_CHECKING:
    from dramatiq import Actor

    class Hidden:
        """Known to type checkers alone."""


@pytest.fixture(autouse=True)
def _nothing_got() -> None:
    kinds.got.clear()


def actor_of(annotation: Any, default: Any = ...) -> Actor[Any, Any]:
    """Make an actor that is not declared, with one annotated parameter."""

    def take(when: Any) -> None:
        """Do nothing."""

    take.__annotations__ = {"when": annotation}
    if default is not ...:
        take.__defaults__ = (default,)
    return dramatiq.Actor(take, broker=StubBroker(), actor_name="t.it", queue_name="t.it", priority=0, options={})


def sent(annotation: Any, value: Any) -> Any:
    """Return what the ledger gets for a value."""
    return sent_arguments(actor_of(annotation), (value,), {})["when"]


def in_json(args: dict[str, Any]) -> Any:
    """Return what a row has of them."""
    return json.loads(json.dumps(args, allow_nan=False))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_is_what_arrives(kind: str) -> None:
    """Of every type and every value, through the text of JSON; and what was read may be sent again."""
    actor = ACTORS[LONG][kind]

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(KINDS[kind][1])
    def law(value: Any) -> None:
        written = in_json(sent_arguments(actor, (value,), {}))
        [arrived] = read_arguments(actor, written).values()
        assert _same(value, arrived)
        assert written == sent_arguments(actor, (), written)
        again = in_json(sent_arguments(actor, (arrived,), {}))
        # Inside of a model pydantic writes a set in any order.
        assert written == again or ("model" in kind and _in_order(written) == _in_order(again))

    law()


def _in_order(written: Any) -> Any:
    if isinstance(written, dict):
        return {key: _in_order(value) for key, value in written.items()}
    return sorted(map(_in_order, written), key=repr) if isinstance(written, list) else written


def _same(value: Any, arrived: Any) -> bool:
    # In the hour that Berlin has twice no time of another zone is equal to one of it.
    if isinstance(value, datetime):
        return bool(value.isoformat() == arrived.isoformat())
    return bool(value == arrived) or repr(value).partition("tzinfo")[0] == repr(arrived).partition("tzinfo")[0]


@pytest.mark.parametrize("queue", [LONG, SHORT, ASYNC])
def test_what_is_hard_to_keep_goes_through_the_ledger(database: str, queue: str) -> None:
    """A row of jsonb, a worker, and the actor, in both lanes and in the event loop."""
    del database
    for kind, value in HARD.items():
        ACTORS[queue][kind].send(value)
    with working(queue):
        eventually(lambda: set(look.states()) <= {"done", "dead"})

    assert [] == [row["reason"] for row in look.jobs(state="dead")]
    assert HARD.keys() == KINDS.keys()
    for kind, value in HARD.items():
        [arrived] = kinds.got[f"{queue}.{kind}"]
        assert _same(value, arrived), kind
        assert type(value) is type(arrived), kind


def test_what_is_written_can_be_read_by_anybody() -> None:
    """ISO 8601, texts and lists; a naive time stays naive, and a duration says its days."""
    written = {kind: sent(KINDS[kind][0], value) for kind, value in HARD.items()}

    assert "2026-10-25T02:30:00.000001+01:00" == written["datetime"]
    assert "2026-01-01T00:00:00" == written["date_or_datetime"]
    assert "-P999999999DT0S" == written["timedelta"]
    assert "P400DT2.500000S" == sent(timedelta, timedelta(days=400, seconds=2.5))
    assert [2**70, "9999-12-31", "é"] == written["tuple"]
    assert [2, None, "red"] == sorted(written["frozenset"], key=str)
    assert {"no", "due", "colours", "takes"} == written["model"].keys()
    assert sent(set[int], {30, 4, 5}) == sent(set[int], {5, 30, 4})


@pytest.mark.parametrize("annotation", [int, str, list, dict, Any, "float", "Hidden", None])
@pytest.mark.parametrize("value", ["5", 7, 1.5, True, None, [5, "x"], {"a": [None]}])
def test_what_json_has_is_neither_checked_nor_changed(annotation: Any, value: Any) -> None:
    """An int that is given "5" stays "5"."""
    actor = actor_of(annotation)
    given = {"when": value}

    assert given is sent_arguments(actor, (), given) or given == sent_arguments(actor, (), given)
    assert given is read_arguments(actor, given) or given["when"] is read_arguments(actor, given)["when"]


class Locked(BaseModel):
    """What it writes of itself is not what it is."""

    secret: SecretStr


class Strict(BaseModel):
    """An author's own rule, which repeats what it was given."""

    pupil: str

    @field_validator("pupil")
    @classmethod
    def refuse(cls, pupil: str) -> str:
        """Refuse everybody."""
        raise ValueError(pupil)


class LaterOrder(Order):
    """One field more."""

    more: int = 1


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "a text that is no date": (datetime, "Zebedee", "takes datetime, got str: it should be a valid datetime"),
    "a number": (datetime, 5, "takes datetime, got int: it should be a valid datetime"),
    "nothing": (UUID, None, "takes UUID, got None: "),
    "a date for an instant": (datetime, date(2026, 1, 1), "takes datetime, got date: "),
    "an instant for a date": (date, datetime(2026, 1, 1, tzinfo=UTC), "takes date, got datetime: "),
    "no number": (Decimal, Decimal("NaN"), "takes Decimal, got Decimal: "),
    "another's member": (Colour, Grade.BAD, "takes Colour, got Grade: it should be 'red', 2 or None"),
    "no member": (Colour, "Zebedee", "takes Colour, got str: it should be 'red', 2 or None"),
    "one of a list": (list[UUID], [UUID(int=1), "Zebedee"], "got list: 1: it should be a valid UUID"),
    "a key": (dict[UUID, int], {"Zebedee": 1}, "got dict: it should be a valid UUID"),
    "a value": (dict[str, date], {"Zebedee": "Zebedee"}, "got dict: it should be a valid date"),
    "no number in a tuple": (tuple[int, date], ("5", date.max), "got tuple: 0: it should be a valid integer"),
    "a field": (Essay, {"pupil": "Zebedee"}, "takes Essay, got dict: pupil: it should be a valid UUID"),
    "another model": (Order, Locked(secret=SecretStr("x")), "takes Order, got Locked: "),
    "more than is kept": (Order, LaterOrder(no=1), "takes Order, got LaterOrder: a worker would not get it back"),
    "what is masked": (Locked, Locked(secret=SecretStr("x")), "takes Locked, got Locked: a worker would not get it"),
    "an author's rule": (Strict, {"pupil": "Zebedee"}, "takes Strict, got dict: pupil: its own rules refuse it"),
    "a union of texts": (datetime | str, NAIVE, "got datetime, which JSON lacks, and in JSON one cannot tell"),
    "a union of objects": (dict[str, int] | Order, Order(no=1), "got Order, which JSON lacks, and in JSON one cannot"),
    "anything": (Any | date, date.max, "got date, which JSON lacks, and in JSON one cannot tell"),
    "an unknown name": (
        "Hidden",
        date.max,
        "got date, which JSON lacks, and Hidden cannot be resolved here (NameError",
    ),
    "no rule": (list[object] | set[Note], {Note(date.max)}, "got set, which JSON lacks"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_does_not_fit_is_refused_where_it_is_sent(which: str) -> None:
    """It says the parameter, what it takes and what kind of thing it was given, and never the value."""
    annotation, value, words = REFUSED[which]
    with pytest.raises(TypeError) as refused:
        sent(annotation, value)

    assert str(refused.value).startswith("t.it: parameter 'when' ")
    assert words in str(refused.value)
    assert "Zebedee" not in str(refused.value)


def test_where_nothing_is_annotated_the_ledger_refuses_it() -> None:
    """As ever, and it says what would help."""
    with Offline(), pytest.raises(RefusedJob, match=r"args\['value'\] is a date; .* or of the type that"):
        bare.send(date.max)


@dramatiq.actor(actor_name="t.args_bare", queue_name="t.args_bare")
def bare(value, other: date | None = None) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - it is the point
    """Take anything, and a date."""
    kinds.got["bare"].append((value, other))


def test_a_name_that_is_missing_spoils_no_other_parameter() -> None:
    """Each annotation is resolved by itself."""

    def take(when: Hidden, until: date) -> None:
        """Do nothing."""

    actor = actor_of(None)
    actor.fn = take

    assert {"when": 1, "until": "9999-12-31"} == sent_arguments(actor, (1, date.max), {})


def test_a_default_of_none_is_as_good_as_an_annotation() -> None:
    """`when: datetime = None` takes None."""
    actor = actor_of(datetime, None)

    assert {"when": None} == sent_arguments(actor, (None,), {})


def test_what_cannot_be_compared_is_compared_by_its_fields() -> None:
    """A dataclass without `==`."""
    note = Note(date.max)
    [arrived] = read_arguments(actor_of(Note), sent_arguments(actor_of(Note), (note,), {})).values()

    assert (Note, note.on) == (type(arrived), arrived.on)


def test_a_class_based_actor_is_called_by_its_perform() -> None:
    """Its annotations are those of `perform`."""

    class Remind(dramatiq.GenericActor):
        """Note it."""

        class Meta:
            """Its options."""

            actor_name = "t.args_generic"
            queue_name = "t.args_bare"

        def perform(self, when: datetime) -> None:
            """Note it."""
            kinds.got["generic"].append(when)

    with Offline() as offline:
        offline.run(broker.actors["t.args_generic"], when=NAIVE)

    assert [NAIVE] == kinds.got["generic"]


@dramatiq.actor(actor_name="t.args_offline", queue_name="t.args_bare")
def remind(when: datetime, pupils: set[UUID], *, again: timedelta | None = None) -> None:
    """Note it, and send it on."""
    kinds.got["remind"].append((when, pupils, again, job.current().job.args["when"]))
    if again:
        remind.send(when + again, pupils)


def test_offline_they_arrive_as_from_a_worker() -> None:
    """And what was sent is looked for by the same values."""
    now, pupils = datetime(2026, 1, 1, tzinfo=UTC), {UUID(int=7)}
    with Offline() as offline:
        offline.run(remind, when=now, pupils=pupils, again=timedelta(days=1))
        found = offline.assert_enqueued("t.args_offline", when=now + timedelta(days=1), pupils=pupils)
        with pytest.raises(TypeError, match=r"^t\.args_offline: parameter 'when' takes datetime, got str"):
            offline.run(remind, when="tomorrow", pupils=pupils)

    assert [(now, pupils, timedelta(days=1), "2026-01-01T00:00:00+00:00")] == kinds.got["remind"]
    assert {"when": "2026-01-02T00:00:00+00:00", "pupils": [str(UUID(int=7))]} == found.args


@pytest.mark.usefixtures("database")
def test_in_tests_they_are_looked_for_by_their_values() -> None:
    """`run_inline`, `drain` and `assert_enqueued`; a row shows what JSON has."""
    from bellwork.workers.testing import assert_enqueued, drain, run_inline  # noqa: PLC0415 - beside the fixture

    now, pupils = datetime(2026, 1, 1, tzinfo=UTC), {UUID(int=7)}
    row = run_inline(remind, when=now, pupils=pupils, again=timedelta(days=1))
    assert_enqueued("t.args_offline", when=now + timedelta(days=1), pupils=pupils)
    drain()

    assert ("done", "2026-01-01T00:00:00+00:00") == (row["state"], row["args"]["when"])
    assert [now, now + timedelta(days=1)] == [each[0] for each in kinds.got["remind"]]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of([strategy for _, strategy in KINDS.values()]))
def test_by_name_alone_they_are_written_as_by_annotation(value: Any) -> None:
    """One writer: a unique set of arguments is one text, whoever sends it."""
    from bellwork.db.plain import plain_arguments  # noqa: PLC0415 - beside its law

    fitting = [sent_arguments(actor, (value,), {}) for actor in ACTORS[LONG].values() if _takes(actor, value)]

    assert all(plain_arguments("t.it", {"value": value}) == each for each in fitting)


def _takes(actor: Actor[Any, Any], value: Any) -> bool:
    try:
        sent_arguments(actor, (value,), {})
    except TypeError:
        return False
    return True
