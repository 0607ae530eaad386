"""`bellwork check`: one thing, for a monitoring system: a line with its figures, and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bellwork.ops import words
from bellwork.ops.cli import figures, output
from bellwork.ops.cli.output import CODES, UNKNOWN

app = typer.Typer(no_args_is_help=True)

_WORDS = {"ok": "OK", "warn": "WARNING", "fail": "CRITICAL"}
Seconds = Annotated[float, typer.Option("--warning", "-w", min=0, help="Seconds from which on it is a warning.")]
Critical = Annotated[float, typer.Option("--critical", "-c", min=0, help="Seconds from which on it is critical.")]


@app.callback()
def _check() -> None:
    """Have checks, and do nothing without one."""


@app.command("queue-latency")
def queue_latency(
    queue: Annotated[str, typer.Option("--queue", "-q", help="The queue's name, as `bellwork queues list` shows it.")],
    warning: Seconds = 60,
    critical: Critical = 300,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check how long the oldest ready job of a queue has been waiting.

    Exit codes: 0 ok, 1 a warning, 2 critical, 3 unknown (no such queue, no fresh figures, no PostgreSQL).
    """
    if critical < warning:
        raise typer.BadParameter(f"--critical {critical:g} is less than --warning {warning:g}")
    found = figures.read()
    if found.is_stale:
        output.fail(f"UNKNOWN - the figures are {words.duration(found.age)} old; no scheduler renews them", UNKNOWN)
    named = {each.queue: each for each in found.queues}
    if queue not in named:
        output.fail(f"UNKNOWN - there is no queue {queue!r}; there are {', '.join(sorted(named)) or 'none'}", UNKNOWN)
    age, ready = named[queue].oldest_ready_seconds, named[queue].ready
    kind = "fail" if age >= critical else "warn" if age >= warning else "ok"
    said = (
        f"the oldest of {words.plural(ready, 'ready job')} waits for {words.duration(age)}" if ready else "none ready"
    )
    _end(kind, f"queue {queue}: {said}", as_json, _facts(queue, age, ready, warning, critical))


def _facts(queue: str, age: float, ready: int, warning: float, critical: float) -> dict[str, Any]:
    limits = {"warning_seconds": warning, "critical_seconds": critical}
    return {"queue": queue, "oldest_ready_seconds": age, "ready": ready, **limits}


def _end(kind: str, said: str, as_json: bool, facts: dict[str, Any]) -> None:
    if as_json:
        output.print_json({"schema_version": 1, "state": _WORDS[kind].lower(), "said": said, **facts})
    else:
        limits = f"{facts['warning_seconds']:g};{facts['critical_seconds']:g}"
        measured = f"oldest_ready_seconds={facts['oldest_ready_seconds']:.1f}s;{limits} ready={facts['ready']}"
        output.say(f"{_WORDS[kind]} - {said} | {measured}", output.STYLES[kind])
    if code := CODES[kind]:
        sys.exit(code)
