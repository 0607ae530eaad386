"""The engine: plain Dramatiq actors over a ledger in PostgreSQL.

broker      LedgerBroker: send is an INSERT           job         job.transaction(): effect, next jobs and end in one
consumer    due set, claim, hand to the threads       short_lane  50 jobs, one transaction, a savepoint each
outcome     what became of an attempt                 settle      and its way into the ledger
due_set     what Redis holds                          finisher    batched finishes
presence    a process registers, deregisters          heartbeat   the sibling that beats, rescues and kills
limits      the fleet's turns at something scarce     circuit     what keeps failing is left alone
budget      what it may spend there on a day          tracing     the span of an attempt
bell        adds to the due set, behind the caller    inline      a quick chain stays on its thread
outbox      what is sent in a transaction             watch       a worker looks after itself
history     today's partition, where it is missing    event_loop  of asynchronous actors; it outlives an exit
in_flight   what was claimed here and has not ended   fitness     which of it can be run here
as_job      a message, as the job it stands for       engine      the process as its parts see it
main        what the command `dramatiq` loads         testing     run_inline, drain, assert_enqueued
actor       Dramatiq's decorator, with typed options  offline     actors without a database
arguments   of types that JSON lacks, both ways       parameter   one of them, written and read
annotations which parameters are of such types        signature   arguments by name
capacity    slots: how much may be claimed now        poll        claims without the due set
"""

if not __name__.startswith("bellwork."):
    raise ImportError(f"{__name__!r} is bellwork.workers: import it by that name alone", name=__name__)

from bellwork.db.ledger import LostLease, RefusedJob
from bellwork.workers import job
from bellwork.workers.broker import LedgerBroker, broker
from bellwork.workers.outcome import Permanent, Snooze

__all__ = ["LedgerBroker", "LostLease", "Permanent", "RefusedJob", "Snooze", "broker", "job"]
