"""Why a learner got a nudge, or none, and what a scan would do now: `bellwork explain nudge`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db.companion.nudges import rules
from bellwork.db.companion.nudges.learner import list_given, list_held, read_learner
from bellwork.db.settings import settings
from bellwork.db.vocabulary.explanation import Because, CannotExplain, Explainer, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.companion.nudges.learner import GivenNudge, HeldNudge, Known
    from bellwork.db.companion.nudges.rules import Kind

_WHY = {
    "opted_out": "the learner opted out (profile.preferences.nudges)",
    "given": "one of this type went today",
    "one_a_day": "one of this type went today, for another goal",
    "unopened": "the learner has a nudge of the last seven days that was not opened",
    "spell": "as many of them as NUDGES_PER_SPELL allows went since the last session; a session ends that",
    "cap": "the learner's cap for the day is reached (profile.preferences.nudge_frequency_cap, 1 unless told)",
    "late": f"no letter goes from {rules.LAST_HOUR:%H:%M} on by the learner's clock, or before quiet hours end",
}


def explain_nudge(conn: Connection, asked: str) -> Explanation:
    """Say of a user, by id, what went, what did not and why, and what would happen now; raises CannotExplain."""
    try:
        user_id = UUID(asked)
    except ValueError:
        raise CannotExplain(f"{asked!r} is no id of a user; it is a UUID, as in the table users") from None
    known = read_learner(conn, user_id)
    if known is None:
        raise CannotExplain(f"there is no user {user_id}")
    said = [*_now(known), *map(_given, list_given(conn, user_id)), *map(_held, list_held(conn, user_id))]
    zone = rules.zone_of(known.learner.preferences)
    return Explanation(f"User {user_id}: a {known.role}, whose day is that of {zone}", tuple(said))


def _now(known: Known) -> Iterator[Because]:
    if known.role != "student":
        yield Because("only students are nudged")
        return
    if rules.is_inactive(known.learner, known.now):
        yield _verdict(known, "inactivity")
    elif known.learner.sessions >= rules.FEW_SESSIONS:
        yield Because(f"inactivity is not due: the learner had {rules.FEW_SESSIONS} sessions or more")
    else:
        from_ = known.learner.signed_up + rules.INACTIVE_AFTER
        yield Because(f"inactivity is not due before {_moment(from_)}, seven days after the learner signed up")
    if known.goals:
        yield _verdict(known, "cross_subject")
    else:
        yield Because("cross_subject is not due: no goal of the last seven days waits for it")


def _verdict(known: Known, kind: Kind) -> Because:
    verdict = rules.verdict(kind, known.learner, known.now, settings().nudges_per_spell)
    if verdict.reason is None:
        return Because(f"{kind} is due, and goes at the next scan", "bellwork schedule run companion.scan_inactivity")
    return Because(f"{kind} is due and does not go: {_WHY[verdict.reason]}{_next(verdict.next_at)}")


def _given(nudge: GivenNudge) -> Because:
    when = _moment(nudge.sent_at) if nudge.sent_at else "at an unknown time"
    whose = "" if nudge.ours else ", written by another program"
    said = f"{nudge.kind} went {when} ({nudge.channel}), {'' if nudge.opened else 'not '}opened{whose}"
    if nudge.letter is None:
        return Because(said)
    why = f", for {nudge.why}" if nudge.why else ""
    mend = "an operator may have it sent again (docs/letters.md)" if nudge.letter in {"unknown", "refused"} else ""
    return Because(f"{said}; its letter is {nudge.letter}{why}", mend)


def _held(nudge: HeldNudge) -> Because:
    why = _WHY.get(nudge.reason, nudge.reason)
    return Because(f"{nudge.kind} did not go on {nudge.day}: {why}{_next(nudge.next_at)}")


def _next(at: datetime | None) -> str:
    return f"; not before {_moment(at)}" if at else ""


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


NUDGE = Explainer("nudge", "USER", "Why a learner got a nudge, or none.", explain_nudge)
EXPLAINERS = (NUDGE,)
