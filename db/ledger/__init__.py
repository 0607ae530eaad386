"""The ledger: the only truth about a job. One verb, one file.

states      the drawing, the states, the table of moves        jobs        NewJob, Due, Claimed, Held, Worker
enqueue     in the caller's transaction                        claim       a batch, by id or straight from the books
finish      done or dead, if the lease holds                   reschedule  retry, snooze, release
rescue      whose worker is gone                               presence    workers and the actors they know
quarantine  kinds that kill process after process
due         what the due sets are topped up with               control     cancel, retry, pause, resume
look        what operators see
"""

from db.ledger.claim import claim, claim_next
from db.ledger.control import cancel, pause, resume, retry_finished
from db.ledger.due import due, waiting_queues
from db.ledger.enqueue import RefusedJob, enqueue, enqueue_and_claim
from db.ledger.finish import LostLease, begin_finished, bury, finish
from db.ledger.jobs import Claimed, Due, Held, NewJob, Place, Worker
from db.ledger.look import dead_today, list_jobs, list_workers, queue_depths, show_job, unknown_actors
from db.ledger.presence import (
    beat,
    is_known,
    known_actors,
    lease_of,
    leave,
    register_actors,
    register_worker,
    workers_of,
)
from db.ledger.quarantine import quarantined, suspicious_from
from db.ledger.reschedule import release, release_unknown, retry, snooze
from db.ledger.rescue import clock, overdue, rescue_dead, rescue_expired, rescue_killed
from db.ledger.states import JOB_MACHINE, JobState

__all__ = [
    "JOB_MACHINE",
    "Claimed",
    "Due",
    "Held",
    "JobState",
    "LostLease",
    "NewJob",
    "Place",
    "RefusedJob",
    "Worker",
    "beat",
    "begin_finished",
    "bury",
    "cancel",
    "claim",
    "claim_next",
    "clock",
    "dead_today",
    "due",
    "enqueue",
    "enqueue_and_claim",
    "finish",
    "is_known",
    "known_actors",
    "lease_of",
    "leave",
    "list_jobs",
    "list_workers",
    "overdue",
    "pause",
    "quarantined",
    "queue_depths",
    "register_actors",
    "register_worker",
    "release",
    "release_unknown",
    "rescue_dead",
    "rescue_expired",
    "rescue_killed",
    "resume",
    "retry",
    "retry_finished",
    "show_job",
    "snooze",
    "suspicious_from",
    "unknown_actors",
    "waiting_queues",
    "workers_of",
]
