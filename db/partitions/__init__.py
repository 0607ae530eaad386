"""Tables partitioned by time: which they are, and the partitions made before they are needed."""

from db.partitions.ahead import create_ahead
from db.partitions.declared import DECLARED, Partitioned, UnknownTableError, declared

__all__ = ["DECLARED", "Partitioned", "UnknownTableError", "create_ahead", "declared"]
