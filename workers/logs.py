"""Logs are events with fields, one line each; no line of any logger says a secret, forges another or fills the disk."""

from __future__ import annotations

import copy
import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

from bellwork.db.wording import clean, traceback_of, words_of
from bellwork.workers import uncaught
from bellwork.workers.attempt import running

if TYPE_CHECKING:
    from structlog.typing import EventDict

#: Characters of one message, one value, and one error with its causes that a line of the log may have.
MESSAGE, VALUE, ERROR = 2_000, 1_000, 8_000


def configure() -> None:
    """Send structlog's events to stderr as key=value lines, and put what the standard library logs through our rules.

    That is: one printable line for each event (a traceback follows it, line by line printable), without configured
    secrets and addresses of people, cut to some kilobytes. So is an uncaught error, of any thread. What a job says, by
    either, names its job, attempt, actor and queue.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("dramatiq.middleware.asyncio.AsyncIO").setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if not isinstance(handler.formatter, Formatter):
            handler.setFormatter(Formatter(handler.formatter))
    structlog.configure(
        processors=[
            _name_the_job,
            _in_our_words,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    uncaught.log_it()


class Formatter(logging.Formatter):
    """Lets another formatter lay out a record whose texts were put into our words before: message, names and error."""

    def __init__(self, layout: logging.Formatter | None) -> None:
        super().__init__()
        self._layout = layout or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line, and below it where its error came from."""
        ours = copy.copy(record)
        named = "".join(f" {name}={clean(str(value))}" for name, value in bound().items())
        ours.msg, ours.args = clean(record.getMessage(), MESSAGE) + named, ()
        ours.name, ours.threadName = clean(record.name), clean(record.threadName or "")
        ours.exc_info = ours.exc_text = ours.stack_info = None
        error = _error_of(record.exc_info)
        return "\n".join([self._layout.format(ours), *([traceback_of(error, ERROR)] if error else [])])


def bound() -> dict[str, Any]:
    """Return what each line of a running job has; asked for when something is logged: silent jobs pay nothing."""
    if attempt := running.get():
        return {"job": attempt.id, "attempt": attempt.number, "actor": attempt.actor, "queue": attempt.queue}
    return {}


def _name_the_job(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {**bound(), **event}


def _in_our_words(_logger: object, _method: str, event: EventDict) -> EventDict:
    error = _error_of(event.pop("exc_info", None))
    event.pop("stack_info", None)
    said: dict[str, Any] = {clean(name): _value(value) for name, value in event.items()}
    if error:
        said["exception"] = traceback_of(error, ERROR)
    return said


def _value(value: object) -> object:
    """Leave numbers as they are; all else becomes a printable text."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, BaseException):
        return words_of(value, VALUE)
    return clean(value if isinstance(value, str) else _represented(value), VALUE)


def _represented(value: object) -> str:
    try:
        return repr(value)
    except Exception as failure:  # noqa: BLE001 - a log line must not fail for what it is told
        return f"({type(value).__name__}, {type(failure).__name__} in its repr)"


def _error_of(exc_info: object) -> BaseException | None:
    """Find the error in whatever both libraries take for it: an error, a triple, or True for the one being handled."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exception() if exc_info else None
