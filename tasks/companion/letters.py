"""What the companion says to its letters right before they go: the nudge's words, or why it is not to go now."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.companion.nudges import rules
from bellwork.db.companion.nudges.learner import read_learner
from bellwork.db.companion.nudges.letters import note_held, nudge_of, opt_out, read_letter
from bellwork.db.vocabulary import Drop, Send, Wait
from bellwork.tasks.companion.numbers.weeks import check_week
from bellwork.tasks.companion.numbers.words import WEEK
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.companion.nudges.learner import Known
    from bellwork.db.companion.nudges.letters import NudgeLetter
    from bellwork.db.vocabulary import PostedLetter
    from bellwork.db.vocabulary.letter import Verdict

#: The kind of letter that a nudge is: one unsubscribes from companion.nudge.
NUDGE = "nudge"
_SUBJECTS = {"inactivity": "Your next session", "cross_subject": "You reached a goal", "login": "Welcome back"}
#: Characters of a line, at most.
_WIDE = 500


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say whether a letter goes now: a nudge's by the present wishes, cap, goals and quiet hours of its learner."""
    if letter.kind == WEEK:
        return check_week(conn, letter)
    if letter.kind != NUDGE:
        return Send()
    nudge = read_letter(conn, nudge_of(letter.key))
    known = read_learner(conn, nudge.user_id) if nudge else None
    if nudge is None or known is None:
        return Drop("the nudge or its learner is gone")
    return _objection(conn, nudge, known) or Send(to=nudge.email, template=NUDGE, details=_details(nudge))


def unsubscribed(conn: Connection, letter: PostedLetter) -> None:
    """Let a learner who used the link of a nudge's letter have no nudges any more, in the app neither."""
    if letter.kind == NUDGE and letter.person:
        opt_out(conn, UUID(letter.person))


def _objection(conn: Connection, nudge: NudgeLetter, known: Known) -> Verdict | None:
    wishes, now = known.learner.preferences, known.now
    today = rules.day_of(now, rules.zone_of(wishes))
    if rules.has_opted_out(wishes):
        note_held(conn, nudge, today, "opted_out")
        return Drop("its learner opted out of nudges")
    if nudge.kind == "inactivity" and (nudge.reached or not rules.is_inactive(known.learner, now)):
        return Drop("its learner reached a goal or had sessions since", "superseded")
    others = known.learner.others if nudge.day == today else 0
    if nudge.slot + others > rules.cap_of(wishes):
        note_held(conn, nudge, today, "cap", rules.tomorrow(now, wishes))
        return Drop("its learner has had as many nudges today as the profile allows")
    until = rules.quiet_until(now, wishes)
    return Wait(until.astimezone(UTC), "its learner's quiet hours") if until > now else None


def _details(nudge: NudgeLetter) -> dict[str, Any]:
    return {
        "subject": _SUBJECTS.get(nudge.kind, "A word from your study companion"),
        "message": plain(nudge.message, _WIDE),
        "offers": [plain(offer, 100) for offer in nudge.offers],
    }
