"""One trace leads from where a job is sent to where it runs, across retries and stages; without a provider, nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dramatiq
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

import bellwork
from bellwork.db.engine import transaction
from bellwork.workers import Snooze, job, testing
from tests.workers import look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk.trace import ReadableSpan

QUEUE, SHORT = "t.traced", "t.traced_shortly"
pytestmark = pytest.mark.usefixtures("database")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dramatiq.actor(actor_name="t.traced", queue_name=QUEUE, max_retries=2, min_backoff=1)
def traced(fail: int = 0, then: bool = False, snooze: bool = False) -> int:
    """Fail so often, and send the next one."""
    attempt = job.current()
    if attempt.retries < fail:
        raise ValueError("ann@nightjar.example")
    if snooze:
        raise Snooze(5, "not yet")
    if then:
        with job.transaction():
            shortly.send()
    return 0


@dramatiq.actor(actor_name="t.traced_next", queue_name=QUEUE)
def following(result: int) -> None:
    """Be the next stage."""


@dramatiq.actor(actor_name="t.traced_shortly", queue_name=SHORT, lane="short")
def shortly() -> None:
    """Run in the short lane."""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """A provider that keeps what is traced."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def told(spans: InMemorySpanExporter) -> list[tuple[str, str | None, bool]]:
    """Return each span of the one trace, in order: its name, its parent's, and whether it failed."""
    found: list[ReadableSpan] = sorted(spans.get_finished_spans(), key=lambda span: span.start_time or 0)
    names = {span.context.span_id: span.name for span in found}
    assert 1 == len({span.context.trace_id for span in found})
    return [
        (span.name, names.get(span.parent.span_id) if span.parent else None, not span.status.is_unset) for span in found
    ]


def test_a_retry_is_of_its_jobs_trace(spans: InMemorySpanExporter) -> None:
    """Each attempt is a child of the send; what failed says so, in words that name nobody."""
    with trace.get_tracer("app").start_as_current_span("request"):
        traced.send(fail=1)
    testing.drain(QUEUE, later=True)

    run, again = f"process {QUEUE}", f"process {QUEUE}"
    send = f"send {QUEUE}"
    assert [("request", None, False), (send, "request", False), (run, send, True), (again, send, False)] == told(spans)
    failed = next(span for span in spans.get_finished_spans() if not span.status.is_unset)
    assert "ann@" not in str(failed.status.description)
    assert {
        "messaging.system": "bellwork",
        "messaging.destination.name": QUEUE,
        "messaging.operation.type": "process",
        "bellwork.actor": "t.traced",
        "bellwork.job.attempt": 1,
        "error.type": "ValueError",
    }.items() <= dict(failed.attributes or {}).items()
    assert trace.SpanKind.CONSUMER == failed.kind


def test_stages_are_chained(spans: InMemorySpanExporter) -> None:
    """What an attempt sends is its child, in job.transaction() and as the next stage; the short lane is traced, too."""
    dramatiq.pipeline([traced.message(), following.message_with_options()]).run()
    testing.drain(QUEUE, SHORT)

    send, run = f"send {QUEUE}", f"process {QUEUE}"
    assert [(send, None, False), (run, send, False), (send, run, False), (run, send, False)] == told(spans)
    spans.clear()
    traced.send(then=True)
    testing.drain(QUEUE, SHORT)

    send_short, run_short = f"send {SHORT}", f"process {SHORT}"
    chain = [(send, None, False), (run, send, False), (send_short, run, False), (run_short, send_short, False)]
    assert chain == told(spans)


def test_a_snooze_is_no_error(spans: InMemorySpanExporter) -> None:
    """It says for how long."""
    testing.run_inline(traced, snooze=True)

    assert [False, False] == [failed for *_, failed in told(spans)]
    assert 5.0 == dict(spans.get_finished_spans()[-1].attributes or {})["bellwork.snoozed_seconds"]


def test_the_door_and_a_callers_own_context_are_of_the_trace(spans: InMemorySpanExporter) -> None:
    """What an API layer enqueues by `bellwork.enqueue`, and what is sent with somebody's own traceparent."""
    with transaction() as conn, trace.get_tracer("app").start_as_current_span("request"):
        bellwork.enqueue(conn, "t.traced", {"then": False})
        bellwork.enqueue_many(conn, [bellwork.NewJob(traced, unique_key="k")])
    testing.drain(QUEUE)

    send, run = f"send {QUEUE}", f"process {QUEUE}"
    sends, runs = [(send, "request", False)] * 2, [(run, send, False)] * 2
    assert [("request", None, False), *sends, *runs] == told(spans)
    spans.clear()
    traced.send_with_options(traceparent=TRACEPARENT)
    assert TRACEPARENT[3:35] == f"{spans.get_finished_spans()[0].context.trace_id:032x}"


SET = "SELECT set_config('bellwork.traceparent', :parent, true), set_config('bellwork.tracestate', :state, true)"
BY_SQL = {
    "enqueue": "SELECT bellwork.enqueue('t.traced', jsonb_build_object('fail', 1, 'then', true))",
    "enqueue_job": """SELECT bellwork.enqueue_job('t.traced', jsonb_build_object('fail', 1, 'then', true),
        unique_key => 'k')""",
    "enqueue_many": """SELECT bellwork.enqueue_many(jsonb_build_array(jsonb_build_object(
        'actor', 't.traced', 'args', jsonb_build_object('fail', 1, 'then', true))))""",
    "waiting": """SELECT bellwork.enqueue('t.traced', jsonb_build_object('fail', 1, 'then', true), unique_key => 'k',
        unique_while => 'waiting')""",
}


@pytest.mark.parametrize("statement", BY_SQL.values(), ids=list(BY_SQL))
def test_plain_sql_is_of_the_trace_that_its_session_names(statement: str, spans: InMemorySpanExporter) -> None:
    """The attempt is a child of the caller's span, its retry too, and what it sends is of the same trace."""
    testing.drain(QUEUE)
    with trace.get_tracer("app").start_as_current_span("request") as span:
        context = span.get_span_context()
        parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-01"
    with transaction() as conn:
        conn.execute(text(SET), {"parent": parent, "state": "app=1"})
        conn.execute(text(statement))
    [options] = look_at_options()
    testing.drain(QUEUE, SHORT, later=True)

    send, run, run_short = f"send {SHORT}", f"process {QUEUE}", f"process {SHORT}"
    assert {"traceparent": parent, "tracestate": "app=1"}.items() <= options.items()
    assert [
        ("request", None, False),
        (run, "request", True),
        (run, "request", False),
        (send, run, False),
        (run_short, send, False),
    ] == told(spans)


@pytest.mark.parametrize("odd", ["", "x", TRACEPARENT.upper(), f"{TRACEPARENT}-more", "00-" + "0" * 100])
def test_a_setting_that_is_no_context_is_not_kept(odd: str) -> None:
    """The job is enqueued; so is one of the next transaction, of which nobody says anything."""
    testing.drain(QUEUE)
    for parent in (odd, TRACEPARENT):
        with transaction() as conn:
            conn.execute(text(SET), {"parent": parent, "state": None})
            conn.execute(text(BY_SQL["enqueue"]))
    with transaction() as conn:
        conn.execute(text(BY_SQL["enqueue"]))

    assert [{}, {"traceparent": TRACEPARENT}, {}] == look_at_options()


def test_a_restricted_callers_jobs_are_of_its_trace() -> None:
    """An API layer's own role says it in the same way."""
    testing.drain(QUEUE)
    with transaction() as conn:
        conn.execute(text("SET LOCAL ROLE bellwork_api"))
        conn.execute(text(SET), {"parent": TRACEPARENT, "state": None})
        for statement in BY_SQL.values():
            conn.execute(text(statement.replace("'k'", "'key' || random()")))

    assert [{TRACEPARENT}] * 4 == [{options["traceparent"]} for options in look_at_options()]


@pytest.mark.parametrize("role", ["bellwork_worker", "bellwork_api"])
def test_the_door_keeps_what_the_session_names(role: str) -> None:
    """By the function for a job of which nothing else is said, and by the general one."""
    testing.drain(QUEUE)
    with transaction() as conn:
        conn.execute(text(f"SET LOCAL ROLE {role}"))
        conn.execute(text(SET), {"parent": TRACEPARENT, "state": "app=1"})
        bellwork.enqueue(conn, "t.traced")
        bellwork.enqueue(conn, "t.traced", unique_key="key")

    assert [{"traceparent": TRACEPARENT, "tracestate": "app=1"}] * 2 == look_at_options()


def test_what_a_job_says_itself_counts_before_the_setting() -> None:
    """One that is sent with a context keeps that."""
    testing.drain(QUEUE)
    with transaction() as conn:
        conn.execute(text(SET), {"parent": TRACEPARENT.replace("b7", "b8"), "state": None})
        traced.send_with_options(traceparent=TRACEPARENT)

    assert [TRACEPARENT] == [options["traceparent"] for options in look_at_options()]


def look_at_options() -> list[dict[str, Any]]:
    """Return the options of the jobs that wait, the oldest first."""
    with transaction() as conn:
        return list(conn.execute(text("SELECT options FROM bellwork.jobs ORDER BY id")).scalars())


@pytest.mark.parametrize("odd", [7, "x", "00-" + "0" * 100, None, ["a"]])
def test_what_is_no_context_begins_a_trace(odd: Any, spans: InMemorySpanExporter) -> None:
    """The job runs, whatever stands there."""
    with transaction() as conn:
        bellwork.enqueue(conn, "t.traced", {})
    look.execute("UPDATE bellwork.jobs SET options = CAST(:odd AS jsonb)", odd=json.dumps({"traceparent": odd}))
    spans.clear()
    testing.drain(QUEUE)

    assert [("process t.traced", None, False)] == told(spans)


def test_without_a_provider_nothing_travels() -> None:
    """OpenTelemetry is imported here, and nobody has set it up."""
    traced.send()
    with transaction() as conn:
        bellwork.enqueue(conn, "t.traced", {})

    assert [set()] * 2 == [set(each.options or {}) - {"message_id"} for each in _options()]


def _options() -> list[Any]:
    with transaction() as conn:
        return list(conn.execute(text("SELECT options FROM bellwork.jobs")))
