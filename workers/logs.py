"""Logs are events with fields, one line each; the running job's are added to every one."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from workers.attempt import running

if TYPE_CHECKING:
    from structlog.typing import EventDict


def configure() -> None:
    """Send structlog's events to stderr: key=value lines, in colour on a terminal."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("dramatiq.middleware.asyncio.AsyncIO").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            _name_the_job,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _name_the_job(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the running job's words; asked for when something is logged, so that jobs that say nothing pay nothing."""
    if attempt := running.get():
        return {"job": attempt.id, "actor": attempt.actor, "attempt": attempt.number, **event}
    return event
