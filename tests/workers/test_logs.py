"""What is logged, by structlog and by the standard library: clean lines of bounded length, without values."""

from __future__ import annotations

import io
import logging
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import structlog

from bellwork.db.ledger import Claimed
from bellwork.workers.attempt import Attempt, BatchMessage, LedgerMessage, running
from bellwork.workers.logs import ERROR, MESSAGE, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORGED = "x\n2026-01-01T00:00:00Z [info] all is well\x1b]0;title\x07\u202e"
SPELLED = "x\\n2026-01-01T00:00:00Z [info] all is well\\x1b]0;title\\x07\\u202e"
JOB = Claimed(7, "q", "t.logs", {"name": "Anna", "request_id": "r1"}, {}, 0, 3, 2, 0, 0.0, uuid4(), 0)


class MuteError(Exception):
    """An exception that has neither text nor form."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Both loggers, set up as a worker sets them up, writing here."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    for module, hook in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(module, hook, getattr(module, hook))
    root = logging.getLogger()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("[%(asctime)s] [%(threadName)s] [%(name)s] %(message)s"))
    before = {each: each.formatter for each in root.handlers}
    root.addHandler(handler)
    layout = structlog.get_config()
    configure()
    yield out
    root.removeHandler(handler)
    for each, formatter in before.items():
        each.setFormatter(formatter)
    structlog.configure(**layout)


def _structlog(text: str, error: BaseException | None = None, **fields: Any) -> None:
    structlog.get_logger("t").error(text, exc_info=error, **fields)


def _stdlib(text: str, error: BaseException | None = None, **fields: Any) -> None:
    logging.getLogger("t").error("%s %s", text, fields, exc_info=error)


@contextmanager
def as_current(attempt: Attempt) -> Iterator[None]:
    """Let an attempt run here."""
    token = running.set(attempt)
    try:
        yield
    finally:
        running.reset(token)


def _raise(error: BaseException) -> None:
    raise error


LOGGERS = pytest.mark.parametrize("say", [_structlog, _stdlib], ids=["structlog", "stdlib"])


@LOGGERS
def test_no_line_is_forged(say: Callable[..., None], log: io.StringIO) -> None:
    """A line break, a colour or a change of direction in a text, a value, a name or an error is spelled out."""
    say(FORGED, ValueError(FORGED), value=FORGED, **{"na\nme": 1})

    lines = log.getvalue().removesuffix("\n").split("\n")
    assert SPELLED in lines[0]
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("2026-01-01") for line in lines)
    assert f"ValueError: {SPELLED}" == lines[-1]


@LOGGERS
def test_what_a_job_says_names_it(say: Callable[..., None], log: io.StringIO) -> None:
    """Its job, attempt, actor and queue, whichever logger says it; what is said outside of a job names none."""
    with as_current(Attempt(JOB)):
        say("hello")
    say("bye")

    inside, outside = log.getvalue().splitlines()
    assert all(word in inside for word in ("hello", "job=7", "attempt=3", "actor=t.logs", "queue=q"))
    assert "job=" not in outside


@LOGGERS
def test_a_flood_is_cut(say: Callable[..., None], log: io.StringIO) -> None:
    """Five megabytes in a text, a value and an error are some kilobytes in the log."""
    flood = "x" * 5_000_000
    say(flood, ValueError(flood), value=flood)

    assert len(log.getvalue()) < 2 * (MESSAGE + ERROR)


@LOGGERS
def test_what_cannot_be_printed_stops_no_line(say: Callable[..., None], log: io.StringIO) -> None:
    """An error that raises when asked for its text is named by its class."""
    say("here", MuteError())

    assert "here" in log.getvalue()
    assert "MuteError: (its text cannot be had: RuntimeError)" in log.getvalue()


def test_an_error_as_a_value_is_told_as_any_error(log: io.StringIO) -> None:
    """Its class and its text, without what the database adds."""
    _structlog("here", cause=ValueError("refused\nDETAIL:  Key (name)=(Anna) exists."))

    assert "cause='ValueError: refused'" in log.getvalue()


def test_a_value_that_cannot_be_represented_is_named_by_its_kind(log: io.StringIO) -> None:
    """The event is logged all the same."""
    _structlog("here", value=[MuteError()])

    assert "(list, RuntimeError in its repr)" in log.getvalue()


@LOGGERS
def test_the_error_being_handled_is_told_with_its_cause(say: Callable[..., None], log: io.StringIO) -> None:
    """`exc_info=True` means the one being handled."""
    error = ValueError("second")
    error.__cause__ = KeyError("first")
    try:
        raise error
    except ValueError:
        say("here", True)

    assert log.getvalue().index("KeyError: 'first'") < log.getvalue().index("ValueError: second")


def test_an_error_that_ends_a_thread_is_told_as_any_error(log: io.StringIO) -> None:
    """Python would print it as it is; an exit is no error."""
    for error in (ValueError(f"{FORGED} anna@school.example"), SystemExit("anna")):
        thread = threading.Thread(target=_raise, args=(error,), name="t")
        thread.start()
        thread.join()

    lines = log.getvalue().removesuffix("\n").split("\n")
    assert "a thread ended by an error" in lines[0]
    assert "thread=t" in lines[0]
    assert f"ValueError: {SPELLED} ***@school.example" == lines[-1]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (LedgerMessage(Attempt(JOB)), "Failed t.logs(name, request_id) of job 7."),
        (BatchMessage("q", [Attempt(JOB), Attempt(JOB)]), "Failed jobs 7, 7 of q."),
    ],
    ids=["a job", "a batch"],
)
def test_a_failed_jobs_arguments_are_named_without_their_values(
    message: object, expected: str, log: io.StringIO
) -> None:
    """Dramatiq logs the whole message of a job that failed."""
    logging.getLogger("dramatiq").error("Failed %s.", message)

    assert expected in log.getvalue()
    assert "Anna" not in log.getvalue()
