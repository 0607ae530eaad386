"""Rows that wait for jobs, held against the ledger: what disagrees is found, named, and mended by compare-and-set.

compare   one pipeline, batch by batch        statements  the SQL that a pipeline's description makes
rows      rows that wait without a job        jobs        jobs that no row waits for
heal      what becomes of either              book        what the last comparison found
fit       whether a description fits its table, and an index serves it
stages    how many rows stand where, for pages
"""

from bellwork.db.pipelines.book import Compared, forget_compared, last_compared, note
from bellwork.db.pipelines.compare import AGE, Found, compare
from bellwork.db.pipelines.disagreement import KINDS, Disagreement
from bellwork.db.pipelines.fit import misfit, unindexed
from bellwork.db.pipelines.heal import Healing
from bellwork.db.pipelines.stages import Standing, standing

__all__ = [
    "AGE",
    "KINDS",
    "Compared",
    "Disagreement",
    "Found",
    "Healing",
    "Standing",
    "compare",
    "forget_compared",
    "last_compared",
    "misfit",
    "note",
    "standing",
    "unindexed",
]
