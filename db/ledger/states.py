"""The states of a job, what moves it where, and the table of legal moves.

    enqueue ──► available ──claim──► running ──finish──► done
                 ▲  │                 │ │ │
                 │  │                 │ │ └─mark_dead──► dead        out of retries, permanent, poison
                 │  └──cancel──┐      │ └─cancel───────► cancelled   the attempt loses its lease
                 │             └──────│────────────────►
                 └──retry, snooze, release, rescue

`scheduled` is what operators call an available job whose run_at lies in the future. Unfinished jobs are rows of
`bellwork.jobs`, finished ones rows of `bellwork.finished_jobs`; a dead or cancelled job that is retried moves back.
"""

from __future__ import annotations

from enum import StrEnum

from bellwork.db.machine import Machine


class JobState(StrEnum):
    """Where a job stands; the database has the same words as the enum `bellwork.job_state`."""

    AVAILABLE = "available"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


JOB_MACHINE = Machine(
    "jobs",
    {
        JobState.AVAILABLE: frozenset({JobState.RUNNING, JobState.CANCELLED}),
        JobState.RUNNING: frozenset({JobState.AVAILABLE, JobState.DONE, JobState.DEAD, JobState.CANCELLED}),
        JobState.DONE: frozenset(),
        JobState.DEAD: frozenset({JobState.AVAILABLE}),
        JobState.CANCELLED: frozenset({JobState.AVAILABLE}),
    },
)
