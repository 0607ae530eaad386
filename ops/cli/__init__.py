"""`bellwork`, the command line: everything an operator does, in words; `--json` gives the same as data.

app      the commands together, and what a failure looks like     output   tables, verdicts, JSON, safe text
stack    migrate, doctor, up, demo                                ids      what counts as the id of a job
status   how things stand                                        jobs, queues, schedule   the groups of these names
streams  output that is closed, full or short of characters       choice         the jobs that are meant

top      the queues, live                                         check          one thing, for monitoring

Exit codes: 0 done, 1 not done or something is wrong (one line on stderr says what), 2 wrong usage, 130 interrupted.
`status` and `check` judge: 0 ok, 1 warning, 2 critical, 3 unknown (PostgreSQL cannot be asked, or nothing is known).
"""

from __future__ import annotations

from bellwork.ops.cli.app import main

__all__ = ["main"]
