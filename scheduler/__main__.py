"""`python -m scheduler`: keeps the loops going until SIGTERM or Ctrl-C, then ends cleanly with exit code 0."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from db import revision, sessions
from db.engine import ping, transaction
from db.retention import RULES, refused_rules
from db.settings import SettingsError, settings
from scheduler.cron import BadSchedule
from scheduler.declare import check
from scheduler.loops import Loop, log
from scheduler.upkeep import SOON, loops
from workers.logs import configure


def main() -> int:
    """Run until told to stop; 1 with one line on stderr for a bad entry, a missing setting, or a missing schema."""
    try:
        check()
        _check()
    except (BadSchedule, SettingsError) as error:
        sys.stderr.write(f"bellwork: {error}\n")
        return 1
    configure()
    # A round that takes longer than its period is no news; APScheduler would say so five times a second.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    _name_refused_rules()
    stopped = _stop_signals()
    timer = _timer(loops())
    timer.start()
    log.info("scheduler runs", loops=len(timer.get_jobs()))
    stopped.wait()
    timer.shutdown(wait=True)
    log.info("scheduler stopped")
    return 0


def _check() -> None:
    settings()
    ping()
    sessions.check()
    if revision.current() is None:
        raise SettingsError("DATABASE_URL names a database without Bellwork's schema; run `bellwork migrate`")
    if not (revision.is_current() or revision.is_ahead()):
        raise SettingsError("DATABASE_URL names a database of an older release; run `bellwork migrate`")


def _name_refused_rules() -> None:
    """Say at the start which rules of retention will do nothing here: the calendar is not to stand still for them."""
    with transaction() as conn:
        for refused in refused_rules(conn, RULES.values()):
            log.error("no row goes by this rule", reason=refused)


def _stop_signals() -> threading.Event:
    """Set an event at SIGTERM and SIGINT: an exception raised there could vanish inside the timer's own handlers."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return stopped


def _timer(duties: list[Loop]) -> BackgroundScheduler:
    """Keep each loop in a thread of its own: none waits for another, and a late one is done once, not many times."""
    timer = BackgroundScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(duties))},
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
    )
    for loop in duties:
        first = datetime.now(UTC)
        timer.add_job(_round, "interval", [timer, loop], seconds=loop.every, id=loop.name, next_run_time=first)
    return timer


def _round(timer: Any, loop: Loop) -> None:
    """Do one round of a loop; one that is due rarely and failed is due again soon."""
    if not loop() and loop.every > SOON:
        timer.modify_job(loop.name, next_run_time=datetime.now(UTC) + timedelta(seconds=SOON))


if __name__ == "__main__":
    sys.exit(main())
