"""A system that writes letters, and says about each what a test wants it to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.vocabulary import PostedLetter, Send, System, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

SYSTEM = System("writer", letters="tests.tasks.mail.writer")

#: What became of letters, by key, in the order it was told; and who unsubscribed.
TOLD: list[tuple[str, str]] = []
LEFT: list[str] = []
_say: list[Callable[[Connection, PostedLetter], Verdict]] = []


def begin_anew() -> None:
    """Forget everything."""
    for each in (TOLD, LEFT, _say):
        each.clear()


def says(answer: Callable[[Connection, PostedLetter], Verdict]) -> None:
    """Answer like this from now on."""
    _say[:] = [answer]


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Answer as the test wants."""
    return _say[0](conn, letter) if _say else Send()


def settled(_conn: Connection, letter: PostedLetter, state: str) -> None:
    """Remember what became of a letter."""
    TOLD.append((letter.key, state))


def unsubscribed(_conn: Connection, letter: PostedLetter) -> None:
    """Remember who wants no more."""
    LEFT.append(letter.key)


def a_letter(key: str = "writer.note:1", **changes: Any) -> dict[str, Any]:
    """Return a letter to post."""
    usual = {"to": "ada@school.example", "subject": "Hello", "text": "Hello Ada,\n\nhow are you?\n"}
    return {"key": key, "system": "writer", "kind": "note", **usual, **changes}
