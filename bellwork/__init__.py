"""The one name that is installed: the door, and every floor below it (`bellwork.db.engine`).

API layers, in their own transaction: `enqueue`, `enqueue_many` with `NewJob`, `get_job`, `job_eta` and `cancel_job`,
each with a twin whose name ends in _async. Authors: `actor`, `job`, `transaction`, `Permanent`, `Snooze`, `Objective`,
`RefusedJob` and `LostLease`. Authors of systems: `bellwork.systems`.

A name is looked up where it is defined when it is first used: to import this loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bellwork.db.callers import Enqueued, Eta, Job, NewJob
    from bellwork.db.engine import transaction
    from bellwork.db.ledger import LostLease
    from bellwork.db.refusal import RefusedJob
    from bellwork.db.vocabulary import Objective
    from bellwork.door import (
        cancel_job,
        cancel_job_async,
        enqueue,
        enqueue_async,
        enqueue_many,
        enqueue_many_async,
        get_job,
        get_job_async,
        job_eta,
        job_eta_async,
    )
    from bellwork.workers import Permanent, Snooze, job
    from bellwork.workers.actor import actor

__all__ = [
    "Enqueued",
    "Eta",
    "Job",
    "LostLease",
    "NewJob",
    "Objective",
    "Permanent",
    "RefusedJob",
    "Snooze",
    "actor",
    "cancel_job",
    "cancel_job_async",
    "enqueue",
    "enqueue_async",
    "enqueue_many",
    "enqueue_many_async",
    "get_job",
    "get_job_async",
    "job",
    "job_eta",
    "job_eta_async",
    "transaction",
]
_ELSEWHERE = {
    "Enqueued": "bellwork.db.callers",
    "Eta": "bellwork.db.callers",
    "Job": "bellwork.db.callers",
    "LostLease": "bellwork.db.ledger",
    "NewJob": "bellwork.db.callers",
    "Objective": "bellwork.db.vocabulary.objective",
    "Permanent": "bellwork.workers",
    "RefusedJob": "bellwork.db.refusal",
    "Snooze": "bellwork.workers",
    "actor": "bellwork.workers.actor",
    "job": "bellwork.workers",
    "transaction": "bellwork.db.engine",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found = getattr(import_module(_ELSEWHERE.get(name, "bellwork.door")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
