"""Tables partitioned by time: which they are, the partitions made before they are needed, and the way they leave.

declared   a table of this name, of whichever system      ahead    makes partitions before their time
standing   what PostgreSQL's catalogue shows              books    how far each has come on its way out
detach     out of the table, nobody waits                 export   its rows as PostgreSQL copies them
drop       only where nothing is lost by it               restore  its rows into a table of its name again
hold       kept back by somebody, for a reason            attach   back into its place
horizon    how far they reach                             locks    taken for a moment or not at all
owner      whose they are, and who may make them
"""

from bellwork.db.partitions.ahead import create_ahead, create_for, missing_ahead
from bellwork.db.partitions.attach import attach
from bellwork.db.partitions.books import Partition, blame, drilled, move, partitions, read
from bellwork.db.partitions.declared import UnknownTableError, declared
from bellwork.db.partitions.detach import detach, finalize_pending
from bellwork.db.partitions.drop import ChangedSinceError, drop
from bellwork.db.partitions.enter import enter, expected
from bellwork.db.partitions.export import Copied, copied
from bellwork.db.partitions.hold import hold, release
from bellwork.db.partitions.horizon import FEW, Hole, first_hole, horizon, short_of_partitions
from bellwork.db.partitions.locks import StillBusyError, in_brief_locks
from bellwork.db.partitions.owner import Refused, Stray, refused_tables, strays
from bellwork.db.partitions.restore import CannotRestoreError, refilled, trial
from bellwork.db.partitions.standing import Standing, is_partitioned, standing
from bellwork.db.partitions.states import PartitionState

__all__ = [
    "FEW",
    "CannotRestoreError",
    "ChangedSinceError",
    "Copied",
    "Hole",
    "Partition",
    "PartitionState",
    "Refused",
    "Standing",
    "StillBusyError",
    "Stray",
    "UnknownTableError",
    "attach",
    "blame",
    "copied",
    "create_ahead",
    "create_for",
    "declared",
    "detach",
    "drilled",
    "drop",
    "enter",
    "expected",
    "finalize_pending",
    "first_hole",
    "hold",
    "horizon",
    "in_brief_locks",
    "is_partitioned",
    "missing_ahead",
    "move",
    "partitions",
    "read",
    "refilled",
    "refused_tables",
    "release",
    "short_of_partitions",
    "standing",
    "strays",
    "trial",
]
