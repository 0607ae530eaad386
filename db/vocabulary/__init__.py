"""What a system is described in: plain values, which every floor reads and which load none.

system   a system, and which modules of the upper floors belong to it     entry   what recurs
table    a table with a partition for each day, month or year             rule    which rows leave when
"""

from __future__ import annotations

from bellwork.db.vocabulary.entry import CalendarEntry, ClockChange, Missed, Overlap
from bellwork.db.vocabulary.rule import RetentionRule, RuleError
from bellwork.db.vocabulary.sample import SampleError
from bellwork.db.vocabulary.system import System
from bellwork.db.vocabulary.table import PartitionedTable

__all__ = [
    "CalendarEntry",
    "ClockChange",
    "Missed",
    "Overlap",
    "PartitionedTable",
    "RetentionRule",
    "RuleError",
    "SampleError",
    "System",
]
