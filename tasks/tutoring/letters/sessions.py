"""Letters about one session: a first one that may go badly, feedback that is missing, a first one that is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bellwork.db.tutoring.people import address_of
from bellwork.db.tutoring.reminders import read_session
from bellwork.db.vocabulary.letter import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection

    from bellwork.db.tutoring.reminders import Session
    from bellwork.db.vocabulary.letter import PostedLetter, Verdict

RISK, FEEDBACK, CHECK_IN = "first_session_risk", "feedback_reminder", "first_session_checkin"


def warn_of_risks(conn: Connection, sessions: Iterable[str]) -> None:
    """Tell tutors of first sessions within a day that may go badly, once for a session."""
    post_many(conn, [_letter(RISK, session, days=1) for session in sessions])


def ask_for_feedback(conn: Connection, sessions: Iterable[str]) -> None:
    """Ask students for their feedback, once for a session."""
    post_many(conn, [_letter(FEEDBACK, session, days=2) for session in sessions])


def check_in_after(conn: Connection, sessions: Iterable[str]) -> None:
    """Ask tutors how a first session went, once for a session."""
    post_many(conn, [_letter(CHECK_IN, session, days=1) for session in sessions])


def _letter(kind: str, session: str, days: int) -> NewLetter:
    return NewLetter(
        key=f"tutoring.{kind}:{session}",
        system="tutoring",
        kind=kind,
        details={"session_id": session},
        can_unsubscribe=kind != CHECK_IN,
        not_after=datetime.now(UTC) + timedelta(days=days),
    )


def _check(so: Callable[[Session], str | None]) -> Callable[[Connection, PostedLetter], Verdict]:
    """Make a check of a letter to a tutor, where `so` says nothing against the session."""

    def check(conn: Connection, letter: PostedLetter) -> Verdict:
        session = read_session(conn, str(letter.details.get("session_id")))
        if session is None:
            return Drop("its session is gone", "superseded")
        if against := so(session):
            return Drop(against, "superseded")
        return Send(to=session.tutor_email, template=letter.kind, details=_words(session))

    return check


def _check_feedback(conn: Connection, letter: PostedLetter) -> Verdict:
    session = read_session(conn, str(letter.details.get("session_id")))
    if session is None or session.has_feedback or session.no_show:
        return Drop("nothing is asked for any more", "superseded")
    address = address_of(conn, session.student_id)
    if address is None:
        return Drop("no address")
    return Send(to=address, template=letter.kind, details=_words(session))


def _not_ahead(session: Session) -> str | None:
    return "the session has begun" if session.began or session.start <= datetime.now(UTC) else None


def _not_held(session: Session) -> str | None:
    return "the session was not held" if session.no_show or not session.began else None


def _words(session: Session) -> dict[str, str]:
    return {
        "tutor": session.tutor_name,
        "student": session.student_name or "your student",
        "subject": session.subject or "your subject",
        "start": f"{session.start.astimezone(UTC):%d %B %Y, %H:%M} UTC",
    }


CHECKS: dict[str, Callable[[Connection, PostedLetter], Verdict]] = {
    RISK: _check(_not_ahead),
    FEEDBACK: _check_feedback,
    CHECK_IN: _check(_not_held),
}
