"""Tables partitioned by time: which they are, and the partitions made before they are needed."""

from db.partitions.ahead import create_ahead
from db.partitions.declared import DECLARED, Partitioned

__all__ = ["DECLARED", "Partitioned", "create_ahead"]
