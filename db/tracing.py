"""What travels with a job of the trace in which it is sent: W3C Trace Context, `traceparent` and `tracestate`.

For a process in which somebody has set up OpenTelemetry's tracer provider; where nobody has imported OpenTelemetry, all
that is done is to see that. Names and attributes are those of its semantic conventions for messaging spans.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Where the context stands in a job's options, and the most characters of each that are kept.
FIELDS = {"traceparent": 64, "tracestate": 512}
#: The instrumentation scope of our spans.
SCOPE = "bellwork"
#: OpenTelemetry's own setting, by which it sets a provider up itself when it is first asked for one.
_BY_SETTING = "OTEL_PYTHON_TRACER_PROVIDER" in os.environ


def tracing() -> Any:
    """Return OpenTelemetry's module of traces where somebody set up a provider in this process; None otherwise."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    # None here is the usual case, seen at once: to be asked for a provider it reads the environment each time.
    if getattr(trace, "_TRACER_PROVIDER", trace) is None and not _BY_SETTING:
        return None
    if isinstance(trace.get_tracer_provider(), (trace.ProxyTracerProvider, trace.NoOpTracerProvider)):
        return None
    return trace


def sent(actor: str, queue: str | None, message_id: str | None, carried: Mapping[str, Any]) -> dict[str, str]:
    """Note in the trace that a job is sent, and return what is to travel with it; nothing where nobody traces.

    The trace is the one that `carried` names, else the one that this code is in, else a new one.
    """
    if (trace := tracing()) is None:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415 - as above

    propagator, given = TraceContextTextMapPropagator(), context_of(carried)
    span = trace.get_tracer(SCOPE).start_span(
        f"send {queue}" if queue else "send",
        context=propagator.extract(given) if given else None,
        kind=trace.SpanKind.PRODUCER,
        attributes=attributes("send", actor, queue, message_id),
    )
    carrier: dict[str, str] = {}
    propagator.inject(carrier, trace.set_span_in_context(span))
    span.end()
    return context_of(carrier)


def context_of(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the context among a job's options; whatever else stands under these names is left out."""
    return {
        name: text for name, most in FIELDS.items() if isinstance(text := options.get(name), str) and len(text) <= most
    }


def attributes(operation: str, actor: str, queue: str | None, message_id: str | None) -> dict[str, str]:
    """Return what the spans of sending and of processing have in common."""
    return {
        "messaging.system": "bellwork",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "bellwork.actor": actor,
        **({"messaging.destination.name": queue} if queue else {}),
        **({"messaging.message.id": message_id} if isinstance(message_id, str) else {}),
    }
