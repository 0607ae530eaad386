"""Letters about interventions: automatic ones to the tutor, others to who is to act, late ones to the manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.tutoring.interventions import read_intervention
from bellwork.db.tutoring.people import address_of
from bellwork.db.vocabulary.letter import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.tutoring.letters.office import manager

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.tutoring.interventions import Escalation, Proposed
    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

AUTOMATIC, ASKED, LATE = "intervention", "intervention_request", "intervention_late"


def tell_of_interventions(conn: Connection, begun: Sequence[Proposed]) -> None:
    """Write to the tutor of an automatic intervention, and of others to who is to act, once for each."""
    post_many(conn, [_letter(AUTOMATIC if each.is_automatic else ASKED, each.id, each.id) for each in begun])


def tell_of_escalations(conn: Connection, escalations: Sequence[Escalation]) -> None:
    """Tell the manager of interventions that have come to a level, once for each level."""
    post_many(
        conn,
        [
            _letter(
                LATE, each.intervention_id, f"{each.level}:{each.intervention_id}", level=each.level, why=each.reason
            )
            for each in escalations
        ],
    )


def _letter(kind: str, intervention: str, key: str, **details: object) -> NewLetter:
    named = {"intervention_id": intervention, **details}
    return NewLetter(key=f"tutoring.{kind}:{key}", system="tutoring", kind=kind, details=named, urgent=kind == LATE)


def _check_automatic(conn: Connection, letter: PostedLetter) -> Verdict:
    found = read_intervention(conn, str(letter.details.get("intervention_id")))
    if found is None or found.status != "pending":
        return Drop("the intervention is over", "superseded")
    details = {"tutor": found.name, "due": f"{found.due:%d %B %Y}"}
    return Send(to=found.email, template=found.type, details=details)


def _check_request(conn: Connection, letter: PostedLetter) -> Verdict:
    found = read_intervention(conn, str(letter.details.get("intervention_id")))
    if found is None or found.status not in {"pending", "in_progress"}:
        return Drop("the intervention is over", "superseded")
    if letter.kind == ASKED and found.status != "pending":
        return Drop("somebody has taken it up", "superseded")
    details = {
        "tutor": found.name,
        "type": found.type.replace("_", " "),
        "reason": found.reason,
        "due": f"{found.due:%d %B %Y, %H:%M} UTC",
        "intervention_id": found.id,
    }
    to = manager(conn) if letter.kind == LATE else address_of(conn, found.who) or manager(conn)
    return Send(to=to, template=letter.kind, details=details) if to else Drop("no address")


CHECKS: dict[str, Callable[[Connection, PostedLetter], Verdict]] = {
    AUTOMATIC: _check_automatic,
    ASKED: _check_request,
    LATE: _check_request,
}
