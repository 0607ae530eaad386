"""Letters that wait, and the time that has come for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.tasks.mail import outcome
from bellwork.tasks.mail.wake import wake_sender
from bellwork.tasks.providers.mail.letter import in_turn
from bellwork.workers import due_set
from bellwork.workers.testing import drain, run_inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from bellwork.tasks.providers import Letter
    from bellwork.tasks.providers.mail.letter import MayBegin, Told


class Postman:
    """Takes letters, or does what it is told instead."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.failures: list[Exception] = []

    def send(self, letter: Letter) -> None:
        """Take a letter."""
        self.letters.append(letter)
        if self.failures:
            raise self.failures.pop(0)

    def send_each(self, letters: Sequence[Letter], may_begin: MayBegin) -> Told:
        """Take letters one after the other."""
        return in_turn(self.send, letters, may_begin)


def watched(monkeypatch: pytest.MonkeyPatch) -> Postman:
    """Put a postman that is watched in the mail server's place."""
    postman = Postman()
    monkeypatch.setattr(outcome, "mail", lambda: postman)
    return postman


def row(key: str = "writer.note:1") -> Any:
    """Return a letter's row."""
    with transaction() as conn:
        return conn.execute(text("SELECT * FROM bellwork.letters WHERE key = :key"), {"key": key}).mappings().one()


def states() -> dict[str, str]:
    """Return the state of each letter, by key."""
    with transaction() as conn:
        return {row.key: row.state for row in conn.execute(text("SELECT key, state FROM bellwork.letters"))}


def sent_later() -> None:
    """Let the time of every letter that waits come, and the minute that looks for it; a circuit has had its rest."""
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.letters SET not_before = now() WHERE state = 'pending'"))
    due_set.client().flushall()
    run_inline(wake_sender)
    drain("mail", later=True)
