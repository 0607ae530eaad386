"""The ledger: the only truth about a job. One verb, one file.

states      the drawing, the states, the table of moves        jobs        NewJob, Due, Claimed, Held, Worker
enqueue     in the caller's transaction                        claim       a batch, by id or by polling
finish      done or dead, if the lease holds                   reschedule  retry, snooze, release
rescue      whose worker is gone                               presence    workers and the actors they know
quarantine  kinds that kill process after process              history     its partition of today, where it is missing
misfits     wait for a worker that their arguments fit         losses      how a silent worker ended, told later
due         what the due sets are topped up with               control     cancel, retry, rename, reprioritise, pause
listen      callers of SQL, at their commit
look        backlog, queues, deaths                            listing     which jobs there are
failures    what jobs fail of, in groups                       alike       ... and which are dead of it
beside      a queue's ages and next jobs, signs of life        limited     a queue with a limit: set it, claim by it
unfinished  what they ask of the code that is to run them
explain     what stands around a job
entries     what recurs                                        changes     of an entry, with account and reason
declarations  whose table of entries counts                    ticks       what came of each nominal time
room        months for ticks that lie far off                  acts        what operators did, and why
"""

from bellwork.db.ledger.acts import act_on_jobs, list_acts, record_act
from bellwork.db.ledger.changes import ChangedBy, list_changes, note_change
from bellwork.db.ledger.claim import claim, claim_next
from bellwork.db.ledger.control import (
    cancel,
    pause,
    priorities,
    rename,
    reprioritise,
    resume,
    resume_expired,
    retry_finished,
)
from bellwork.db.ledger.declarations import DeclarationState, announce, declaration_states, put_in_force
from bellwork.db.ledger.due import due, due_among, due_in, waiting_queues
from bellwork.db.ledger.enqueue import enqueue, enqueue_and_claim
from bellwork.db.ledger.entries import (
    StoredEntry,
    declare,
    due_entries,
    forget_ahead,
    hurry,
    list_entries,
    lock_calendar,
    lock_due_entry,
    lock_entry,
    skipped_ahead,
    update_entry,
)
from bellwork.db.ledger.finish import LostLease, begin_finished, finish, mark_dead
from bellwork.db.ledger.history import create_history_partitions, lacks_partition
from bellwork.db.ledger.jobs import Claimed, Due, Held, NewJob, Place, Worker
from bellwork.db.ledger.limited import claim_limited, count_running, limit_of, limited_queues, set_limit, why_none
from bellwork.db.ledger.listen import Line, why_unheard
from bellwork.db.ledger.look import (
    Kind,
    backlog,
    dead_today,
    queue_depths,
    unheard_queues,
    unknown_actors,
)
from bellwork.db.ledger.losses import charge_losses, forget_losses
from bellwork.db.ledger.misfits import (
    Misfit,
    Misfits,
    claim_misfit,
    count_misfits,
    keep_waiting,
    list_misfits,
    wait_for_fit,
)
from bellwork.db.ledger.occurrences import note_fenced
from bellwork.db.ledger.presence import (
    abilities,
    alive,
    beat,
    deregister,
    forget_actors,
    heard_queues,
    is_known,
    keep_alive,
    known_actors,
    paused_queues,
    register_actors,
    register_worker,
    workers_of,
)
from bellwork.db.ledger.probe import begin_probe, end_probe
from bellwork.db.ledger.quarantine import quarantined, suspicious_from
from bellwork.db.ledger.queue import flush, is_empty, is_queue
from bellwork.db.ledger.reschedule import held_by, release, retry, snooze, times_handed_back
from bellwork.db.ledger.rescue import (
    anything_lost,
    clock,
    overdue,
    rescue_dead,
    rescue_expired,
    rescue_killed,
    rescue_restarted,
)
from bellwork.db.ledger.states import JOB_MACHINE, JobState
from bellwork.db.ledger.ticks import (
    ConcurrentUpdate,
    Decision,
    Plan,
    last_ticks,
    list_ticks,
    overlapping,
    recent_ticks,
    write_plan,
)
from bellwork.db.ledger.unfinished import Unfinished, unfinished
from bellwork.db.ledger.waiting import let_keys_go
from bellwork.db.queries.limits import MOST_LOST, WAITS
from bellwork.db.queries.listing import Which, find_jobs, list_jobs, show_job
from bellwork.db.refusal import ENTRY_KEYS, RefusedJob

__all__ = [
    "ENTRY_KEYS",
    "JOB_MACHINE",
    "MOST_LOST",
    "WAITS",
    "ChangedBy",
    "Claimed",
    "ConcurrentUpdate",
    "Decision",
    "DeclarationState",
    "Due",
    "Held",
    "JobState",
    "Kind",
    "Line",
    "LostLease",
    "Misfit",
    "Misfits",
    "NewJob",
    "Place",
    "Plan",
    "RefusedJob",
    "StoredEntry",
    "Unfinished",
    "Which",
    "Worker",
    "abilities",
    "act_on_jobs",
    "alive",
    "announce",
    "anything_lost",
    "backlog",
    "beat",
    "begin_finished",
    "begin_probe",
    "cancel",
    "charge_losses",
    "claim",
    "claim_limited",
    "claim_misfit",
    "claim_next",
    "clock",
    "count_misfits",
    "count_running",
    "create_history_partitions",
    "dead_today",
    "declaration_states",
    "declare",
    "deregister",
    "due",
    "due_among",
    "due_entries",
    "due_in",
    "end_probe",
    "enqueue",
    "enqueue_and_claim",
    "find_jobs",
    "finish",
    "flush",
    "forget_actors",
    "forget_ahead",
    "forget_losses",
    "heard_queues",
    "held_by",
    "hurry",
    "is_empty",
    "is_known",
    "is_queue",
    "keep_alive",
    "keep_waiting",
    "known_actors",
    "lacks_partition",
    "last_ticks",
    "let_keys_go",
    "limit_of",
    "limited_queues",
    "list_acts",
    "list_changes",
    "list_entries",
    "list_jobs",
    "list_misfits",
    "list_ticks",
    "lock_calendar",
    "lock_due_entry",
    "lock_entry",
    "mark_dead",
    "note_change",
    "note_fenced",
    "overdue",
    "overlapping",
    "pause",
    "paused_queues",
    "priorities",
    "put_in_force",
    "quarantined",
    "queue_depths",
    "recent_ticks",
    "record_act",
    "register_actors",
    "register_worker",
    "release",
    "rename",
    "reprioritise",
    "rescue_dead",
    "rescue_expired",
    "rescue_killed",
    "rescue_restarted",
    "resume",
    "resume_expired",
    "retry",
    "retry_finished",
    "set_limit",
    "show_job",
    "skipped_ahead",
    "snooze",
    "suspicious_from",
    "times_handed_back",
    "unfinished",
    "unheard_queues",
    "unknown_actors",
    "update_entry",
    "wait_for_fit",
    "waiting_queues",
    "why_none",
    "why_unheard",
    "workers_of",
    "write_plan",
]
