"""Letters of the office: tutors who reschedule too often, reports, what every tutor is told each week, and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.db.tutoring.interventions.rules import MANAGER
from bellwork.db.tutoring.people import address_of, read_tutor
from bellwork.db.vocabulary.letter import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from sqlalchemy import Connection

    from bellwork.db.tutoring.reminders import Pattern
    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

PATTERN, PATTERN_LASTS, TO_MANAGERS, DIGEST = "reschedule_pattern", "reschedule_escalation", "report", "digest"


def manager(conn: Connection) -> str | None:
    """Return the managers' address: that of the role `tutor_manager`, else TUTORING_MANAGER; None without either."""
    return address_of(conn, MANAGER) or settings().tutoring_manager


def tell_of_patterns(conn: Connection, patterns: Iterable[Pattern]) -> None:
    """Tell tutors that they reschedule too often, and managers where it goes on, once in an ISO week each."""
    letters = []
    for each in patterns:
        kinds = [PATTERN, *([PATTERN_LASTS] if each.escalated else [])]
        details = {"tutor_id": each.tutor_id, "week": each.in_7_days, "fortnight": each.in_14_days}
        letters += [_letter(kind, f"{each.week}:{each.tutor_id}", details) for kind in kinds]
    post_many(conn, letters)


def tell_managers(conn: Connection, key: str, subject: str, text: str, html: str | None = None) -> None:
    """Write to the managers, once for the key: a report of a period, an alert of a window."""
    letter = NewLetter(
        key=f"tutoring.{TO_MANAGERS}:{key}", system="tutoring", kind=TO_MANAGERS, subject=subject, text=text, html=html
    )
    post_many(conn, [letter])


def tell_tutors(conn: Connection, week: date, tutors: Iterable[Mapping[str, object]]) -> None:
    """Write to each tutor how the week went, once: `tutor_id` and figures, a tier among them, never a score."""
    post_many(conn, [_letter(DIGEST, f"{week}:{tutor['tutor_id']}", tutor) for tutor in tutors])


def _letter(kind: str, key: str, details: Mapping[str, object]) -> NewLetter:
    return NewLetter(
        key=f"tutoring.{kind}:{key}",
        system="tutoring",
        kind=kind,
        details=dict(details),
        can_unsubscribe=kind == DIGEST,
    )


def _check_tutor(conn: Connection, letter: PostedLetter) -> Verdict:
    tutor = read_tutor(conn, str(letter.details.get("tutor_id")))
    if tutor is None or tutor.status == "churned":
        return Drop("the tutor has left", "superseded")
    return Send(to=tutor.email, template=letter.kind, details={"tutor": tutor.name})


def _check_manager(conn: Connection, letter: PostedLetter) -> Verdict:
    to = manager(conn)
    if to is None:
        return Drop("no address")
    if letter.kind != PATTERN_LASTS:
        return Send(to=to)
    tutor = read_tutor(conn, str(letter.details.get("tutor_id")))
    return Send(to=to, template=letter.kind, details={"tutor": tutor.name if tutor else "a tutor"})


CHECKS: dict[str, Callable[[Connection, PostedLetter], Verdict]] = {
    PATTERN: _check_tutor,
    DIGEST: _check_tutor,
    PATTERN_LASTS: _check_manager,
    TO_MANAGERS: _check_manager,
}
