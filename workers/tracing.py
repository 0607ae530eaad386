"""The span of each attempt, by OpenTelemetry: a child of the span in which its job was sent (`bellwork.db.tracing`).

What an attempt sends is a child of it, so retries and the stages of a pipeline are of one trace. A batch of the short
lane that is run again, for one of its jobs failed, has a span for each run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.tracing import SCOPE, attributes, context_of, tracing
from bellwork.db.wording import words_of
from bellwork.workers.outcome import Snooze

if TYPE_CHECKING:
    from bellwork.workers.attempt import Attempt


def begin(attempt: Attempt) -> None:
    """Begin the span of an attempt on this thread, in which its code runs."""
    if (trace := tracing()) is None:
        return
    from opentelemetry import context  # noqa: PLC0415 - only where it is set up
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    job = attempt.job
    parent = TraceContextTextMapPropagator().extract(context_of(job.options), context.Context())
    span = trace.get_tracer(SCOPE).start_span(
        f"process {job.queue}",
        context=parent,
        kind=trace.SpanKind.CONSUMER,
        attributes=attributes("process", job.actor, job.queue, job.options.get("message_id"))
        | {"bellwork.job.id": job.id, "bellwork.job.attempt": job.attempt, "bellwork.job.retries": job.retries},
    )
    attempt.span = (span, context.attach(trace.set_span_in_context(span, parent)))


def end(attempt: Attempt, error: BaseException | None) -> None:
    """End it, with what was raised in the words that may leave the process; a snooze is no error."""
    if attempt.span is None:
        return
    from opentelemetry import context, trace  # noqa: PLC0415 - as above

    (span, token), attempt.span = attempt.span, None
    context.detach(token)
    if isinstance(error, Snooze):
        span.set_attribute("bellwork.snoozed_seconds", error.seconds)
    elif error is not None:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(trace.Status(trace.StatusCode.ERROR, words_of(error)))
    elif attempt.failed:
        span.set_status(trace.Status(trace.StatusCode.ERROR, "rejected by a middleware"))
    span.end()
