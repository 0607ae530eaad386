"""A system's say in its own letters: found by the registry under the system's word, never imported by name.

The module that a System names as its `letters` may have
    check(conn, letter)           before a letter is sent, in the transaction that claims it: Send, Wait or Drop
    settled(conn, letter, state)  once it is known what became of it, in the transaction that says so
    unsubscribed(conn, letter)    its reader wants no more letters of this kind
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bellwork.db.letters import tell_later
from bellwork.db.systems import load, system, systems
from bellwork.db.vocabulary.letter import Drop, PostedLetter, Send, Wait
from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Connection

    from bellwork.db.letters import Claimed
    from bellwork.db.vocabulary.letter import Ending, Verdict

log = structlog.get_logger("bellwork.mail")


class Unready(Exception):  # noqa: N818 - it says how the letter stands
    """A letter's own system could not say whether it may go, or with which words; the text says why."""


def known_words() -> list[str]:
    """List the systems whose letters this process can send: those it has loaded, whose say it can ask."""
    return [each.word for each in systems()]


def module_of(word: str) -> ModuleType | None:
    """Return the module that a system names as its letters; None where it has none."""
    found = system(word)
    return load(found, found.letters) if found.letters else None


def check(conn: Connection, claimed: Claimed) -> Verdict:
    """Ask the system of a letter; raises Unready where it fails, with nothing of what it did kept."""
    ask = getattr(module_of(claimed.system), "check", None)
    if ask is None:
        return Send()
    verdict = _asked(conn, claimed, "check", ask, conn, posted(claimed))
    if not isinstance(verdict, Send | Wait | Drop):
        raise Unready(
            f"check of the system {claimed.system!r} returned {type(verdict).__name__}; it is Send, Wait or Drop"
        )
    if isinstance(verdict, Wait) and verdict.until.tzinfo is None:
        raise Unready(f"check of the system {claimed.system!r} waits until a time without a zone")
    return verdict


def settled(conn: Connection, claimed: Claimed, state: Ending) -> None:
    """Tell the system of a letter what became of it; where it fails, a job tells it again (its details may be gone)."""
    if tell := getattr(module_of(claimed.system), "settled", None):
        try:
            _asked(conn, claimed, "settled", tell, conn, posted(claimed), state)
        except Unready as failed:
            log.warning("a system did not hear of its letter yet", letter=claimed.id, state=state, reason=str(failed))
            tell_later(conn, claimed.id)


def told(conn: Connection, letter: PostedLetter, state: str) -> None:
    """Tell the system of a letter what became of it; raises whatever it raises."""
    if tell := getattr(module_of(letter.system), "settled", None):
        tell(conn, letter, state)


def unsubscribed(conn: Connection, letter: PostedLetter) -> None:
    """Tell the system of a letter that its reader wants no more like it; raises whatever it raises."""
    if tell := getattr(module_of(letter.system), "unsubscribed", None):
        tell(conn, letter)


def posted(claimed: Claimed) -> PostedLetter:
    """Return a letter as its system sees it."""
    of = claimed
    return PostedLetter(of.id, of.key, of.system, of.kind, of.person, of.recipient, of.details)


def _asked(conn: Connection, claimed: Claimed, what: str, ask: Any, *given: Any) -> Any:
    try:
        with conn.begin_nested():
            return ask(*given)
    # It is somebody's code, and one letter's trouble must not be that of all others.
    except Exception as error:
        if conn.closed or conn.invalidated:
            raise
        raise Unready(f"{what} of the system {claimed.system!r} failed: {words_of(error)}") from error
