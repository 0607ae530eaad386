"""Work whose every step is counted: what `bellwork soak` orders while it breaks everything around it.

Loaded by BELLWORK_WORK_MODULES=bellwork.tasks.soak alone; no worker of a real system knows these actors.

steps   an effect and its status, in the job's own transaction     plain     nothing, one effect, either lane
chain   three stages across both lanes                             family    a job that enqueues others
failing jobs that fail, snooze, die                                breaking  jobs that crash, hang, take long
kinds   THE table of what is ordered, and how it has to end   roll_call  a job that holds its thread
"""

from __future__ import annotations

from bellwork.tasks.soak import roll_call
from bellwork.tasks.soak.kinds import KINDS, Kind

__all__ = ["KINDS", "Kind", "roll_call"]
