"""The ledger: the only truth about a job. One verb, one file.

states      the drawing, the states, the table of moves        jobs        NewJob, Due, Claimed, Held, Worker
enqueue     in the caller's transaction                        claim       a batch, by id or straight from the books
finish      done or dead, if the lease holds                   reschedule  retry, snooze, release
rescue      whose worker is gone                               presence    workers and the actors they know
quarantine  kinds that kill process after process
due         what the due sets are topped up with               control     cancel, retry, rename, pause, resume
look        what operators see                                 explain     what stands around a job
entries     what recurs                                        changes     who changed what of an entry
ticks       what came of each nominal time                     room        months for ticks that lie far off
"""

from db.ledger.changes import Hand, list_changes, note_change
from db.ledger.claim import claim, claim_next
from db.ledger.control import cancel, pause, rename, resume, retry_finished
from db.ledger.due import due, due_among, waiting_queues
from db.ledger.enqueue import RefusedJob, enqueue, enqueue_and_claim
from db.ledger.entries import (
    StoredEntry,
    declare,
    due_entries,
    list_entries,
    lock_calendar,
    lock_due_entry,
    lock_entry,
    update_entry,
)
from db.ledger.finish import LostLease, begin_finished, bury, finish
from db.ledger.jobs import Claimed, Due, Held, NewJob, Place, Worker
from db.ledger.look import dead_today, list_jobs, list_workers, queue_depths, show_job, unknown_actors
from db.ledger.presence import (
    beat,
    heard_queues,
    is_known,
    keep_alive,
    known_actors,
    leave,
    register_actors,
    register_worker,
    workers_of,
)
from db.ledger.quarantine import quarantined, suspicious_from
from db.ledger.reschedule import held_by, release, retry, snooze
from db.ledger.rescue import anything_lost, clock, overdue, rescue_dead, rescue_expired, rescue_killed
from db.ledger.states import JOB_MACHINE, JobState
from db.ledger.ticks import Decision, Overtaken, Plan, last_ticks, list_ticks, write_plan

__all__ = [
    "JOB_MACHINE",
    "Claimed",
    "Decision",
    "Due",
    "Hand",
    "Held",
    "JobState",
    "LostLease",
    "NewJob",
    "Overtaken",
    "Place",
    "Plan",
    "RefusedJob",
    "StoredEntry",
    "Worker",
    "anything_lost",
    "beat",
    "begin_finished",
    "bury",
    "cancel",
    "claim",
    "claim_next",
    "clock",
    "dead_today",
    "declare",
    "due",
    "due_among",
    "due_entries",
    "enqueue",
    "enqueue_and_claim",
    "finish",
    "heard_queues",
    "held_by",
    "is_known",
    "keep_alive",
    "known_actors",
    "last_ticks",
    "leave",
    "list_changes",
    "list_entries",
    "list_jobs",
    "list_ticks",
    "list_workers",
    "lock_calendar",
    "lock_due_entry",
    "lock_entry",
    "note_change",
    "overdue",
    "pause",
    "quarantined",
    "queue_depths",
    "register_actors",
    "register_worker",
    "release",
    "rename",
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
    "update_entry",
    "waiting_queues",
    "workers_of",
    "write_plan",
]
