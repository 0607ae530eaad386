"""The engine: plain Dramatiq actors over a ledger in PostgreSQL.

broker      LedgerBroker: send is an INSERT           job         job.transaction(): effect, next jobs and end in one
consumer    due set, claim, hand to the threads       short_lane  50 jobs, one transaction, a savepoint each
outcome     what became of an attempt                 settle      and its way into the ledger
due_set     what Redis holds                          finisher    batched finishes
presence    a process appears and leaves              heartbeat   the sibling that beats, rescues and kills
limits      the fleet's turns at something scarce     circuit     what keeps failing is left alone
bell        adds to the due set, behind the caller    carry       a quick chain stays on its thread
outbox      what is sent in a transaction             watch       a worker looks after itself
main        what `dramatiq workers.main` loads        testing     run_inline, drain, assert_enqueued
"""

from db.ledger import LostLease, RefusedJob
from workers import job
from workers.broker import LedgerBroker, broker
from workers.outcome import Permanent, Snooze

__all__ = ["LedgerBroker", "LostLease", "Permanent", "RefusedJob", "Snooze", "broker", "job"]
