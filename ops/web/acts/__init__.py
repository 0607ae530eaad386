"""What pages change: each act is shown before it is done, takes a reason, and is recorded as a command's is."""

from bellwork.ops.web.acts import failures, jobs, letters, partitions, queues, schedule
from bellwork.ops.web.acts.kind import Act

ACTS: dict[str, Act] = {
    **jobs.ACTS,
    **failures.ACTS,
    **queues.ACTS,
    **schedule.ACTS,
    **letters.ACTS,
    **partitions.ACTS,
}

__all__ = ["ACTS", "Act"]
