"""Decides about a teacher's request for an account: user, place in the class and letters are one commit."""

from __future__ import annotations

import dramatiq

from bellwork.db.content.accounts import Decision, decide
from bellwork.db.failpoints import reach
from bellwork.tasks.content.accounts.letters import invite_student, tell_teachers
from bellwork.tasks.providers import MailRefused
from bellwork.tasks.providers.mail.letter import recipient
from bellwork.workers import Permanent, job

#: As a reviewer may say it.
_WORDS = {"approve": Decision.APPROVED, "deny": Decision.DENIED} | {str(each): each for each in Decision}


@dramatiq.actor(
    actor_name="content.decide_account_request",
    subject="request_id",
    callers="everyone",
    queue_name="content-fast",
    lane="short",
    max_retries=5,
    min_backoff=500,
    max_backoff=30_000,
    time_limit=10_000,
)
def decide_account_request(request_id: str, decision: str, reviewer: str, notes: str | None = None) -> None:
    """Approve or deny a request for an account (`approved` or `denied`), once; a denial gives its reason in `notes`.

    What became of the decision is kept in account_decisions: one that comes too late, or twice, changes nothing. An
    approval that cannot be carried out denies the request, with the reason. Permanent for a request that is not there,
    a reviewer who has no account, and a denial without a reason.
    """
    word = _WORDS.get(decision.strip().lower())
    if word is None:
        raise Permanent(f"decision is {decision!r}; give one of {', '.join(map(repr, _WORDS))}")
    said = (notes or "").strip()
    if word is Decision.DENIED and not said:
        raise Permanent(f"request {request_id!r} is denied without a reason; give it in notes")
    with job.transaction() as conn:
        try:
            decided = decide(conn, request_id, word, reviewer=reviewer, notes=said or None, is_address=_is_address)
        except LookupError as unknown:
            raise Permanent(unknown.args[0]) from unknown
        if decided is None:
            raise Permanent(f"there is no request {request_id!r} for an account; its class may have been deleted")
        if decided.is_new:
            tell_teachers(conn, [request_id])
        if decided.user_id:
            invite_student(conn, request_id, decided.user_id)
        reach("account_decided", request_id)


def _is_address(address: str) -> bool:
    try:
        recipient(address)
    except MailRefused:
        return False
    return True
