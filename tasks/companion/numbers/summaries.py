"""A session was held: it is summed up for its learner, once; while the model is away, without it for now (SC1)."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.summaries import (
    Session,
    Summary,
    read_session,
    sessions_without,
    write_summary,
)
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers.goals import send_goals
from bellwork.tasks.companion.numbers.learners import send_learner
from bellwork.tasks.companion.numbers.outside import outside
from bellwork.tasks.companion.numbers.transcripts import transcript_of
from bellwork.tasks.providers import (
    EmbeddedModel,
    ProviderFailure,
    Recap,
    Talk,
    llm,
    turn,
)
from bellwork.workers import Permanent, Snooze, job

#: A session of fewer minutes is brief (study_companion.md, summaries; tasks/companion/README.md, Summaries).
BRIEF_BELOW = 10


@dramatiq.actor(
    actor_name="companion.summarise_session",
    subject="session_id",
    callers="everyone",
    queue_name="companion",
    max_retries=3,
    min_backoff=2_000,
    max_backoff=30_000,
    time_limit=120_000,
)
def summarise_session(session_id: UUID) -> None:
    """Sum a session up, and have its goals counted anew; one that is summed up, or has not begun, is left alone.

    Where the model does not answer, what can be said without it is kept at once and marked; the job goes on trying, and
    `companion.find_unsummarised` after it.
    """
    with transaction() as conn:
        session = read_session(conn, session_id)
        if session and not session.summarised:
            send_goals(session.goals)
            send_learner(session.student_id)
    if session is None:
        raise Permanent(f"there is no session {session_id}")
    if session.begun and (session.replaceable or not session.summarised):
        _summarise(session_id, session)


@dramatiq.actor(
    actor_name="companion.find_unsummarised",
    callers="internal",
    queue_name="companion-fast",
    lane="short",
    max_retries=3,
    time_limit=30_000,
)
def find_unsummarised() -> None:
    """Send the sessions of the last day that nobody summed up, and those whose summary waits for the model."""
    with job.transaction() as conn:
        for session_id in sessions_without(conn):
            send_session(session_id)


def send_session(session_id: UUID) -> None:
    """Have a session summed up, unless that is on its way."""
    summarise_session.send_with_options(
        kwargs={"session_id": session_id}, unique_key=f"companion.summarise_session:{session_id}"
    )


def _summarise(session_id: UUID, session: Session) -> None:
    talk = _talk(session)
    if not talk.transcript:
        _keep(session_id, "missing_transcript", talk, EmbeddedModel().write_recap(talk))
        return
    kind = "brief" if talk.brief else "normal"
    try:
        recap = _asked(talk)
    except (ProviderFailure, Permanent, Snooze) as failure:
        _keep_for_now(session_id, kind, talk, str(failure))
        raise
    _keep(session_id, kind, talk, recap)


def _asked(talk: Talk) -> Recap:
    with outside(), turn("llm"):
        return llm().write_recap(talk)


def _talk(session: Session) -> Talk:
    minutes = session.minutes if session.minutes and session.minutes > 0 else None
    subjects = [session.subject, *session.subjects] if session.subject else session.subjects
    topics = [topic for topic in session.topics or () if topic not in subjects]
    return Talk(
        subjects=tuple(dict.fromkeys(subjects)),
        topics=tuple(dict.fromkeys(topics)),
        minutes=minutes,
        transcript=transcript_of(session),
        brief=minutes is not None and minutes < BRIEF_BELOW,
    )


def _keep(session_id: UUID, kind: str, talk: Talk, recap: Recap) -> None:
    with job.transaction() as conn:
        write_summary(conn, session_id, _summary(kind, talk, recap))


def _keep_for_now(session_id: UUID, kind: str, talk: Talk, reason: str) -> None:
    """Whoever is summed up without the model is marked so; a second time nothing is written."""
    summary = _summary(kind, talk, EmbeddedModel().write_recap(talk))
    with transaction() as conn:
        write_summary(conn, session_id, summary._replace(fallback=reason[:500]))


def _summary(kind: str, talk: Talk, recap: Recap) -> Summary:
    narrative = recap.narrative
    unnamed = [subject for subject in talk.subjects if subject.casefold() not in narrative.casefold()]
    if len(talk.subjects) > 1 and unnamed:
        narrative = f"This session covered {', '.join(talk.subjects[:-1])} and {talk.subjects[-1]}. {narrative}"
    return Summary(kind, narrative, list(recap.next_steps), list(talk.subjects or talk.topics))
