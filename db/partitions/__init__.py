"""Tables partitioned by time: which they are, the partitions made before they are needed, and the way they leave.

declared   which tables, how far ahead, how long kept     ahead    makes partitions before their time
standing   what PostgreSQL's catalogue shows              books    how far each has come on its way out
detach     out of the table, nobody waits                 export   its rows as PostgreSQL copies them
drop       only where nothing is lost by it               restore  its rows into a table of its name again
hold       kept back by somebody, for a reason            attach   back into its place
horizon    how far they reach                             locks    taken for a moment or not at all
"""

from db.partitions.ahead import create_ahead, missing_ahead
from db.partitions.attach import attach
from db.partitions.books import Partition, blame, drilled, move, partitions, read
from db.partitions.declared import DECLARED, Partitioned, UnknownTableError, declared
from db.partitions.detach import detach, finalize_pending
from db.partitions.drop import ChangedSinceError, drop
from db.partitions.enter import enter, expected
from db.partitions.export import Copied, copied
from db.partitions.hold import hold, release
from db.partitions.horizon import FEW, horizon, short_of_partitions
from db.partitions.locks import StillBusyError, in_brief_locks
from db.partitions.restore import CannotRestoreError, refilled, trial
from db.partitions.standing import Standing, is_partitioned, standing
from db.partitions.states import PartitionState

__all__ = [
    "DECLARED",
    "FEW",
    "CannotRestoreError",
    "ChangedSinceError",
    "Copied",
    "Partition",
    "PartitionState",
    "Partitioned",
    "Standing",
    "StillBusyError",
    "UnknownTableError",
    "attach",
    "blame",
    "copied",
    "create_ahead",
    "declared",
    "detach",
    "drilled",
    "drop",
    "enter",
    "expected",
    "finalize_pending",
    "hold",
    "horizon",
    "in_brief_locks",
    "is_partitioned",
    "missing_ahead",
    "move",
    "partitions",
    "read",
    "refilled",
    "release",
    "short_of_partitions",
    "standing",
    "trial",
]
