"""Tables partitioned by time: which they are, the partitions made before they are needed, and the way they leave.

declared   a table of this name, of whichever system      ahead     makes partitions before their time
catalog    what PostgreSQL's catalogue shows              registry  the state of each, and the evidence
detach     out of the table, no lock is waited behind     export    its rows as PostgreSQL copies them
drop       only where nothing is lost by it               restore   its rows into a table of its name again
hold       legal hold, with a reason                      attach    back into its place
horizon    how far they reach                             locks     taken for a moment or not at all
owner      the role that owns them and may make them      sync_registry  in line with the catalogue
standing   the days they reach, and archives that wait
"""

from bellwork.db.partitions.ahead import create_ahead, create_for, missing_ahead
from bellwork.db.partitions.attach import attach
from bellwork.db.partitions.catalog import CatalogPartition, catalog_partitions, is_partitioned
from bellwork.db.partitions.declared import UnknownTableError, declared
from bellwork.db.partitions.detach import detach, finalize_pending
from bellwork.db.partitions.drop import ChangedSinceError, drop
from bellwork.db.partitions.export import Copied, copied
from bellwork.db.partitions.hold import hold, release
from bellwork.db.partitions.horizon import FEW, Hole, first_hole, horizon, short_of_partitions
from bellwork.db.partitions.locks import StillBusyError, in_brief_locks
from bellwork.db.partitions.owner import Refused, Stray, refused_tables, strays
from bellwork.db.partitions.registry import Partition, move, partitions, read, record_failure, restore_tested
from bellwork.db.partitions.restore import CannotRestoreError, refilled, trial
from bellwork.db.partitions.standing import standing
from bellwork.db.partitions.states import PartitionState
from bellwork.db.partitions.sync_registry import expected, sync_registry

__all__ = [
    "FEW",
    "CannotRestoreError",
    "CatalogPartition",
    "ChangedSinceError",
    "Copied",
    "Hole",
    "Partition",
    "PartitionState",
    "Refused",
    "StillBusyError",
    "Stray",
    "UnknownTableError",
    "attach",
    "catalog_partitions",
    "copied",
    "create_ahead",
    "create_for",
    "declared",
    "detach",
    "drop",
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
    "record_failure",
    "refilled",
    "refused_tables",
    "release",
    "restore_tested",
    "short_of_partitions",
    "standing",
    "strays",
    "sync_registry",
    "trial",
]
