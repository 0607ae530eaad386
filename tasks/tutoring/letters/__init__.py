"""What the system says to its letters before they go, and what it learns of them after (docs/letters.md).

sessions        risks, reminders and check-ins about a session       interventions   to tutors, and to who is to act
office          patterns, reports, digests and alerts                templates/      the words
A letter is posted with ids alone: names, addresses and whether it is still so are read right before it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.tutoring.interventions import carry_out, note_unsent
from bellwork.db.vocabulary.letter import Drop
from bellwork.tasks.tutoring.letters import interventions, office, sessions
from bellwork.tasks.tutoring.letters.interventions import tell_of_escalations, tell_of_interventions
from bellwork.tasks.tutoring.letters.office import tell_managers, tell_of_patterns, tell_tutors
from bellwork.tasks.tutoring.letters.sessions import ask_for_feedback, check_in_after, warn_of_risks

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.vocabulary.letter import Ending, PostedLetter, Verdict

__all__ = [
    "ask_for_feedback",
    "check",
    "check_in_after",
    "settled",
    "tell_managers",
    "tell_of_escalations",
    "tell_of_interventions",
    "tell_of_patterns",
    "tell_tutors",
    "warn_of_risks",
]
#: By the kind of a letter.
_CHECKS: dict[str, Callable[[Connection, PostedLetter], Verdict]] = {
    **sessions.CHECKS,
    **interventions.CHECKS,
    **office.CHECKS,
}


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Say whether a letter may go, to whom and in which words."""
    ask = _CHECKS.get(letter.kind)
    return ask(conn, letter) if ask else Drop(f"there are no letters of the kind {letter.kind!r}", "expired")


def settled(conn: Connection, letter: PostedLetter, state: Ending) -> None:
    """Carry an automatic intervention out by the letter that was sent; one whose letter was not stays open."""
    if letter.kind != interventions.AUTOMATIC:
        return
    intervention = str(letter.details.get("intervention_id") or letter.key.rpartition(":")[2])
    if state == "sent":
        carry_out(conn, [intervention])
    else:
        note_unsent(conn, intervention, state)
