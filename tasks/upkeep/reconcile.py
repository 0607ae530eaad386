"""Compares the rows of all pipelines with their jobs; the calendar sends it, and the setting says whether it mends."""

from __future__ import annotations

import dramatiq
import structlog

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.pipelines import Found, Healing, compare, forget_compared, note
from bellwork.db.settings import settings
from bellwork.db.systems import pipelines
from bellwork.db.vocabulary import PipelineError

log = structlog.get_logger("bellwork.upkeep")

#: Who mends, in acts and in the reasons of jobs.
WHO = "the calendar"
#: Seconds in which one pipeline is compared; and after which a comparison is forgotten that nobody made again.
BUDGET, KEPT = 60.0, 7 * 86_400.0


@dramatiq.actor(
    actor_name="upkeep.reconcile", callers="internal", queue_name="upkeep", max_retries=0, time_limit=600_000
)
def reconcile() -> None:
    """Compare every pipeline of the systems that this worker knows, and keep what was found.

    With RECONCILE=heal, rows get their jobs and idle jobs are cancelled; a job that died, or was cancelled by somebody,
    is left to people in any case.
    """
    healing = Healing(ChangedBy(WHO, "upkeep.reconcile"), retry=False) if settings().reconcile == "heal" else None
    for pipeline in pipelines():
        error = None
        try:
            found = compare(pipeline, healing=healing, budget=BUDGET)
        except PipelineError as refused:
            found, error = Found(pipeline.name), str(refused)
        with transaction() as conn:
            note(conn, found, WHO, error)
        if found.wrong or error:
            log.warning(
                "rows and jobs disagree",
                pipeline=pipeline.name,
                wrong=dict(found.wrong),
                mended=dict(found.mended),
                error=error,
            )
    with transaction() as conn:
        forget_compared(conn, KEPT)
