"""Jobs that break their worker: they kill its process or ask it to exit, outlast its lease, or never return."""

from __future__ import annotations

import ctypes
import sys
import time

import dramatiq

from bellwork.db.settings import settings
from bellwork.workers import job
from tests.soak.work.steps import LONG, PATIENT, end


@dramatiq.actor(actor_name="soak.crashing", queue_name=LONG, **PATIENT)
def crashing(order: str, luck: int) -> None:
    """Read memory that is not there, until a crash was counted; then leave an effect."""
    del luck
    if not job.current().job.crashes:
        ctypes.string_at(0)
    end(order)


@dramatiq.actor(actor_name="soak.slow", queue_name=LONG, **PATIENT)
def slow(order: str, luck: int) -> None:
    """Take longer than the lease of a worker that fell silent."""
    del luck
    time.sleep(settings().lease * 1.5)
    end(order)


@dramatiq.actor(actor_name="soak.stuck", queue_name=LONG, time_limit=500, **PATIENT)
def stuck(order: str, luck: int) -> None:
    """Never return from a call into C at the first attempt, so that the process has to be killed."""
    del luck
    if not job.current().retries:
        ctypes.CDLL(None).sleep(3600)
    end(order)


@dramatiq.actor(actor_name="soak.exiting", queue_name=LONG, **PATIENT)
async def exiting(order: str, luck: int) -> None:
    """Ask the process to exit `luck` times, on the event loop that all asynchronous jobs share."""
    if job.current().retries < luck:
        sys.exit(3)
    end(order)
