"""`bellwork doctor`: every check is one function that says ok, warn or fail, and how to mend what is not ok.

finding   what a check says        outside     settings, PostgreSQL, Redis, storage, schema
examine   all of them, in order    inside      what the ledger itself shows
                                   partitions  how far they reach, and which are stopped on their way out
                                   retention   do its rules fit, and what was left behind
"""

from __future__ import annotations

from ops.doctor.examine import examine
from ops.doctor.finding import Finding

__all__ = ["Finding", "examine"]
