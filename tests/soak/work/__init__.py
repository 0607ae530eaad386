"""Work whose every step is counted: what the soak orders while it breaks everything around it.

Loaded by BELLWORK_WORK_MODULES=tests.soak.work alone; no worker of a real system knows these actors.

steps      an effect and its status, in the job's own transaction   plain     nothing, one effect, either lane
chain      three stages across both lanes                           family    a job that enqueues others
failing    jobs that fail, snooze, die                              breaking  jobs that crash, exit, hang, take long
savepoints jobs of which a part is rolled back                      forking   parent and child use the database
changing   many changes, one recompute                              outside   letters, loans, nudges, metrics
kinds      THE table of what is ordered, and how it has to end      roll_call a job that holds its thread
"""

from __future__ import annotations

from tests.soak.work import roll_call
from tests.soak.work.kinds import KINDS, Kind

__all__ = ["KINDS", "Kind", "roll_call"]
