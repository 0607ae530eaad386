"""What a system is described in: plain values, which every floor reads and which load none.

system   a system, and which modules of the upper floors belong to it     entry   what recurs
pipeline a table whose rows have a status, and the jobs that take them on
concern  what of it calls for people, beside its jobs
letter   a letter that is about to be sent, and what its system says to that
objective what a kind of jobs promises
table    a table with a partition for each day, month or year             rule    which rows leave when
"""

from __future__ import annotations

from bellwork.db.vocabulary.concern import Concern
from bellwork.db.vocabulary.entry import CalendarEntry, ClockChange, Missed, Overlap
from bellwork.db.vocabulary.letter import Drop, PostedLetter, Send, Verdict, Wait
from bellwork.db.vocabulary.objective import Objective
from bellwork.db.vocabulary.pipeline import Pipeline, PipelineError, Stage
from bellwork.db.vocabulary.rule import RetentionRule, RuleError
from bellwork.db.vocabulary.sample import SampleError
from bellwork.db.vocabulary.system import System
from bellwork.db.vocabulary.table import PartitionedTable

__all__ = [
    "CalendarEntry",
    "ClockChange",
    "Concern",
    "Drop",
    "Missed",
    "Objective",
    "Overlap",
    "PartitionedTable",
    "Pipeline",
    "PipelineError",
    "PostedLetter",
    "RetentionRule",
    "RuleError",
    "SampleError",
    "Send",
    "Stage",
    "System",
    "Verdict",
    "Wait",
]
