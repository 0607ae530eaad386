"""Another author's middleware sees each attempt once, in both lanes, and what it writes into a message arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from dramatiq.middleware import CurrentMessage, Middleware, default_middleware

from bellwork.db.engine import transaction
from bellwork.workers import LedgerBroker, Permanent, Snooze, broker, job
from bellwork.workers.attempt import BatchMessage
from bellwork.workers.middleware import Attempts
from bellwork.workers.presence import Presence
from bellwork.workers.testing import drain, run_inline
from tests.workers import effects as table
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Iterator

found: list[dict[str, Any]] = []


class Recorder(Middleware):
    """Note each hook of a message, and mark every message that is enqueued."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def before_enqueue(self, broker: dramatiq.Broker, message: Any, delay: int | None) -> None:
        """Mark the message, as tracing does with its headers."""
        del broker, delay
        message.options["tenant"] = "school-7"
        self.seen.append(f"enqueue {message.actor_name} {message.options.get('retries', 'new')}")

    def before_process_message(self, broker: dramatiq.Broker, message: Any) -> None:
        """Note a beginning."""
        del broker
        self.seen.append(f"begin {message.actor_name}")

    def after_process_message(
        self, broker: dramatiq.Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Note an end."""
        del broker
        self.seen.append(f"end {message.actor_name} {type(exception).__name__ if exception else result}")

    def after_ack(self, broker: dramatiq.Broker, message: Any) -> None:
        """Note that it is acknowledged."""
        del broker
        self.seen.append(f"ack {message.actor_name}")

    def after_nack(self, broker: dramatiq.Broker, message: Any) -> None:
        """Note that it is rejected."""
        del broker
        self.seen.append(f"nack {message.actor_name}")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A stranger's middleware in the broker of these tests."""
    middleware = Recorder()
    broker.add_middleware(middleware)
    yield middleware
    broker.middleware.remove(middleware)


ENDS: dict[str, BaseException] = {
    "fails": KeyError("no"),
    "dies": Permanent("no"),
    "snoozes": Snooze(60),
}


@dramatiq.actor(actor_name="t.hooks_told", queue_name="t.hooks_told")
def be_told(message: dict[str, Any], error: dict[str, Any]) -> None:
    """Hear of a failure."""


def _work(number: int, then: str = "") -> int:
    message = CurrentMessage.get_current_message()
    found.append(dict(message.options) if message else {})
    with job.transaction() as conn:
        table.write(conn, number)
        if then == "deferred":
            conn.exec_driver_sql("INSERT INTO deferred VALUES (1)")
        if error := ENDS.get(then):
            raise error
    return number


short = dramatiq.actor(actor_name="t.hooks_short", queue_name="t.hooks_short", lane="short", max_retries=1)(_work)
long = dramatiq.actor(actor_name="t.hooks_long", queue_name="t.hooks_long", max_retries=1)(_work)
BOTH = pytest.mark.parametrize("actor", [short, long], ids=["short", "long"])


@BOTH
def test_what_a_hook_writes_into_a_message_reaches_its_worker(effects: str, recorder: Recorder, actor: Any) -> None:
    """before_enqueue comes before the message becomes a row; a first attempt has no retries among its options."""
    del effects, recorder
    found.clear()
    actor.send(1)
    drain(actor.queue_name)

    assert [{"tenant": "school-7"}] == found


@BOTH
@pytest.mark.parametrize(
    ("then", "ending"), [("", ("1", "ack")), ("fails", ("KeyError", "ack")), ("dies", ("Permanent", "nack"))]
)
def test_each_attempt_is_seen_once(
    effects: str, recorder: Recorder, actor: Any, then: str, ending: tuple[str, str]
) -> None:
    """Beginning, end and acknowledgement are told once for each job, also where its batch fails."""
    del effects
    name, (end, acknowledged) = actor.actor_name, ending
    actor.send(1, then)
    actor.send(2)
    drain(actor.queue_name)

    ours = [seen for seen in recorder.seen if not seen.startswith("enqueue")]
    expected = [
        f"begin {name}",
        f"end {name} {end}",
        f"{acknowledged} {name}",
        f"begin {name}",
        f"end {name} 2",
        f"ack {name}",
    ]
    assert sorted(expected) == sorted(ours)


def test_a_batch_whose_commit_fails_is_not_shown_again(effects: str, recorder: Recorder) -> None:
    """What ran and is repeated apart, for a deferred constraint failed at the commit, was seen already."""
    del effects
    look.execute("CREATE TABLE one (n int PRIMARY KEY)")
    look.execute("CREATE TABLE deferred (n int REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
    for number in range(3):
        short.send(number, "deferred" if number == 1 else "")
    drain(short.queue_name)

    begun = [seen for seen in recorder.seen if seen.startswith("begin")]
    ended = [seen for seen in recorder.seen if seen.startswith(("ack", "nack"))]
    assert (["0", "2"], 3, 3) == (table.written(), len(begun), len(ended))


@BOTH
def test_a_retry_is_enqueued_by_the_book(effects: str, recorder: Recorder, actor: Any) -> None:
    """The hooks of enqueue are called for a retry too, with its count; a snooze is none."""
    del effects
    actor.send(1, "fails")
    actor.send(2, "snoozes")
    drain(actor.queue_name)

    told = [seen for seen in recorder.seen if seen.startswith("enqueue")]
    assert [*[f"enqueue {actor.actor_name} new"] * 2, f"enqueue {actor.actor_name} 1"] == told


@BOTH
def test_what_is_sent_for_a_failure_has_its_hooks(effects: str, recorder: Recorder, actor: Any) -> None:
    """A message of on_failure is marked like any other, though it waits for the record of the failure."""
    del effects
    actor.send_with_options(args=(1, "fails"), on_failure="t.hooks_told")
    drain(actor.queue_name)

    assert f"enqueue {be_told.actor_name} new" in recorder.seen
    with transaction() as conn:
        asked = "SELECT options ->> 'tenant' FROM bellwork.jobs WHERE actor = 't.hooks_told'"
        assert ["school-7"] == list(conn.exec_driver_sql(asked).scalars())


def test_no_hook_hears_of_a_batch(recorder: Recorder) -> None:
    """The message that carries a batch through Dramatiq's thread is nobody's."""
    batch = BatchMessage("t.hooks_short", [])
    broker.emit_before("process_message", batch)
    broker.emit_after("process_message", batch, result=None)
    broker.emit_after("ack", batch)

    assert [] == recorder.seen


def test_a_list_without_the_engine_gets_it() -> None:
    """Dramatiq's own list of middleware makes a broker that registers its worker and knows the running attempt."""
    made = LedgerBroker(middleware=[kind() for kind in default_middleware])

    assert [Attempts, Presence] == [type(middleware) for middleware in made.middleware[:2]]
    assert len(default_middleware) + 2 == len(made.middleware)


def test_a_job_that_is_dead_for_good_announces_no_retry(effects: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither Permanent nor Snooze lets Dramatiq's Retries speak of a retry that does not come."""
    del effects
    with caplog.at_level("INFO"):
        dead = run_inline(long, number=1, then="dies")
        run_inline(long, number=2, then="snoozes")

    assert ("dead", False) == (dead["state"], "Retrying" in caplog.text)
    assert "failed for good" in caplog.text
