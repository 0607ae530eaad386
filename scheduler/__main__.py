"""`python -m bellwork.scheduler`: keeps the loops going until SIGTERM or Ctrl-C, then ends cleanly with exit code 0."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bellwork.db import revision, server, sessions
from bellwork.db.engine import DatabaseError, ping, transaction
from bellwork.db.outage import explain
from bellwork.db.partitions import refused_tables
from bellwork.db.retention import refused_rules
from bellwork.db.settings import SettingsError, settings
from bellwork.db.systems import partitioned, rules
from bellwork.scheduler.check import check
from bellwork.scheduler.cron import BadSchedule
from bellwork.scheduler.hearing import Hearing
from bellwork.scheduler.loops import Loop, log
from bellwork.scheduler.upkeep import SOON, loops
from bellwork.workers.logs import configure
from bellwork.workers.top_up import top_up


def main() -> int:
    """Run until told to stop; 1 with one line on stderr for a bad entry, a missing setting, schema or right."""
    try:
        check()
        _check()
    except (BadSchedule, SettingsError) as error:
        sys.stderr.write(f"bellwork: {error}\n")
        return 1
    except DatabaseError as error:
        sys.stderr.write(f"bellwork: {explain(error)}\n")
        return 1
    configure()
    # A round that takes longer than its period is no news; APScheduler would say so five times a second.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    _name_refused_rules()
    _name_refused_tables()
    stopped = _stop_signals()
    timer, hearing = _timer(loops()), Hearing(top_up, stopped)
    timer.start()
    hearing.start()
    log.info("scheduler runs", loops=len(timer.get_jobs()))
    stopped.wait()
    timer.shutdown(wait=True)
    hearing.join()
    log.info("scheduler stopped")
    return 0


def _check() -> None:
    settings()
    ping()
    server.check()
    sessions.check()
    if revision.current() is None:
        raise SettingsError("DATABASE_URL names a database without Bellwork's schema; run `bellwork migrate`")
    if behind := revision.behind():
        raise SettingsError(f"DATABASE_URL names a database with {behind[0]}; run `bellwork migrate`")


def _name_refused_rules() -> None:
    """Say at the start which rules of retention will do nothing here: the calendar is not to stand still for them."""
    with transaction() as conn:
        for refused in refused_rules(conn, rules().values()):
            log.error("no row goes by this rule", reason=refused)


def _name_refused_tables() -> None:
    """Say at the start for which tables this scheduler can make no partitions: all else it does needs no such right."""
    with transaction() as conn:
        for table, owner, role in refused_tables(conn, partitioned()):
            reason = f"{role} is not its owner {owner} or a member of it with the right CREATE on its schema"
            mend = f"GRANT {owner} TO {role}, or run a scheduler as {owner}"
            log.warning("this scheduler cannot make partitions", table=table, reason=reason, mend=mend)


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
