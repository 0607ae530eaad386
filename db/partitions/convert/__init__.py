"""Makes a plain table of millions of rows a partitioned one, in place, while it is read and written.

run        the steps in their order     progress   how far a conversion is: the catalogue knows, nothing else has to
steps      what each of them does       obstacles  what cannot be carried over, said before anything is changed
swap       the one moment in which the  dependents what depends on a table, as statements
           partitioned table steps in   session    a session of its own, and locks that are not waited behind for long
"""

from bellwork.db.partitions.convert.obstacles import obstacles
from bellwork.db.partitions.convert.progress import Progress, building, read_progress
from bellwork.db.partitions.convert.run import Converted, Examined, NotConvertibleError, abandon, convert, examine
from bellwork.db.partitions.convert.session import BlockedError, Patience
from bellwork.db.partitions.convert.steps import STEPS

__all__ = [
    "STEPS",
    "BlockedError",
    "Converted",
    "Examined",
    "NotConvertibleError",
    "Patience",
    "Progress",
    "abandon",
    "building",
    "convert",
    "examine",
    "obstacles",
    "read_progress",
]
