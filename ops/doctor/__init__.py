"""`bellwork doctor`: every check is one function that says ok, warn or fail, and how to mend what is not ok.

finding   what a check says        outside     settings, PostgreSQL, Redis, storage, schema
examine   all of them, in order    inside      what the ledger itself shows
private   files, keys             partitions  how far they reach, and which are stopped on their way out
extras    of the calendar's jobs   held        what keeps dead rows and WAL on the server
deep      all invariants of jobs  retention   do its rules fit, and what was left behind
"""

from __future__ import annotations

from bellwork.ops.doctor.examine import examine
from bellwork.ops.doctor.finding import Finding

__all__ = ["Finding", "examine"]
