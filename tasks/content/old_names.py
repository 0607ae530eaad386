"""Actors that `upkeep.sweep` and posted letters have replaced: jobs of the release before still name them.

The release after this one may do without.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import (
    ContractNotice,
    read_contract,
    reader_of,
    settle_contract_notice,
    settle_left_contract_notice,
    settle_left_notice,
)
from bellwork.tasks.content.notify import KINDS, Kind, post_notices
from bellwork.tasks.content.retention.contract_letters import is_so, post_contract_letters
from bellwork.tasks.content.retention.steps import BEFORE, LAST_WORD
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from bellwork.tasks.upkeep.sweeping.as_job import LIMIT
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_STEPS = {step.name for step in (*BEFORE, LAST_WORD)}
_TELLS: dict[str, Any] = {"callers": "internal", "queue_name": "mail", "max_retries": 40, "time_limit": 60_000}


def _as_before(rule: str) -> dramatiq.Actor[[], None]:
    """Declare the actor that had the rule's key for its name."""

    def sweep() -> None:
        sweep_by_rule.fn(rule)

    declare = dramatiq.actor(
        actor_name=rule,
        callers="internal",
        queue_name="upkeep",
        max_retries=5,
        min_backoff=60_000,
        time_limit=LIMIT,
    )
    return declare(sweep)


clear_reset_tokens = _as_before("content.clear_reset_tokens")
archive_requests = _as_before("content.archive_requests")
archive_feedback = _as_before("content.archive_feedback")


def _left_notice(conn: Connection, args: dict[str, Any], reason: str) -> None:
    del reason
    settle_left_notice(conn, str(args.get("request_id")), str(args.get("kind")))


@dramatiq.actor(actor_name="content.notify_ready", subject="request_id", on_dead=_left_notice, **_TELLS)
def notify_ready(request_id: str, kind: Kind) -> None:
    """Post the letter about a request; one that a worker was sending when it died may have gone out, and is left."""
    if kind not in KINDS:
        raise Permanent(f"there is no notice {kind!r}; there are {', '.join(map(repr, KINDS))}")
    with job.transaction() as conn:
        settle_left_notice(conn, request_id, kind)
        post_notices(conn, [request_id], kind)


def _left_contract_notice(conn: Connection, args: dict[str, Any], reason: str) -> None:
    del reason
    with suppress(Permanent, TypeError):
        settle_left_contract_notice(conn, _notice(**args))


@dramatiq.actor(actor_name="content.tell_contract", subject="recipient_id", on_dead=_left_contract_notice, **_TELLS)
def tell_contract(organization_id: str, contract_end: str, step: str, recipient_id: str) -> None:
    """Post the letter about a step, or call it off where it does not say the truth today."""
    notice = _notice(organization_id, contract_end, step, recipient_id)
    if step not in _STEPS:
        raise Permanent(f"there is no step {step!r}; there are {', '.join(sorted(map(repr, _STEPS)))}")
    with job.transaction() as conn:
        contract = read_contract(conn, organization_id, lock=True)
        settle_left_contract_notice(conn, notice)
        if contract and is_so(conn, notice, contract) and reader_of(conn, notice):
            post_contract_letters(conn, [notice])
        else:
            settle_contract_notice(conn, notice, "cancelled", was="waiting")


def _notice(organization_id: str, contract_end: str, step: str, recipient_id: str) -> ContractNotice:
    named = {
        "organization_id": organization_id,
        "contract_end": contract_end,
        "step": step,
        "recipient_id": recipient_id,
    }
    try:
        return ContractNotice.from_names(named)
    except ValueError as wrong:
        raise Permanent(f"contract_end {contract_end!r} is no day; it looks like 2027-06-30") from wrong
