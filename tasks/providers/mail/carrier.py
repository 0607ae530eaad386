"""Carries letters one after the other, and knows at every moment whether the server can have taken the one in hand.

Where the server allows it (PIPELINING, RFC 2920), the names of the next letter's sender and recipient go with the end
of the one before: so a letter costs one round trip. Its content goes before it is asked whether the letter may begin,
so that the server reads it meanwhile; the last line, without which no server delivers a letter (RFC 5321, 4.1.1.4 and
4.1.1.10), goes only once it may.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from bellwork.tasks.providers.errors import (
    MailRefused,
    MailServerTrouble,
    MailTryLater,
    MailUnknown,
    ProviderFailure,
)
from bellwork.tasks.providers.mail.letter import recipient
from bellwork.tasks.providers.mail.session import before_the_end
from bellwork.tasks.providers.mail.verdict import demand, without_addresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.tasks.providers.mail.letter import Letter, MailFailure, MayBegin, Told
    from bellwork.tasks.providers.mail.server import Server
    from bellwork.tasks.providers.mail.session import Session
    from bellwork.tasks.providers.mail.verdict import Stage

_GO_AHEAD = 354
_DOT = b".\r\n"
#: First digits of what can be said of a whole letter.
_FINAL = frozenset({2, 4, 5})
#: How a server says that it ends this connection: shutting down, or too many letters, or silence for too long.
_ENDING = frozenset({421, -1})
#: Seconds for a server to forget a letter.
_PATIENCE = 10.0
_STAGES: tuple[Stage, ...] = ("the sender", "the recipient", "the start of the letter")


class Way(Protocol):
    """The way to a server: its connections, and how patient one is there."""

    server: Server
    sender: str
    total: float
    answer: float

    def take(self) -> Session:
        """Return a connection that is ready for a letter."""

    def keep(self, session: Session) -> None:
        """Take back one that is ready for another letter."""

    def pack(self, letter: Letter) -> bytes:
        """Return what is said of a letter after DATA, without the last line."""


class Carrier:
    """One sequence of letters, over one connection as long as that holds."""

    def __init__(self, way: Way, may_begin: MayBegin) -> None:
        self._way, self._may_begin = way, may_begin
        self._session: Session | None = None
        #: Whose names were said last, how many of the answers to that are unheard, and whether content is awaited now.
        self._named: Letter | None = None
        self._unheard, self._is_awaited = 0, False
        self._packed: bytes | None = None

    def carry(self, letters: Sequence[Letter]) -> Told:
        """Say of each letter what became of it: None, it was taken. Ends before the first that may not begin."""
        try:
            for letter, following in zip(letters, [*letters[1:], None], strict=True):
                try:
                    if not self._carry_one(letter, following):
                        return
                except (MailRefused, MailTryLater, MailUnknown) as failure:
                    self._recover(letter, failure)
                    yield failure
                else:
                    yield None
        finally:
            self._leave()

    def _carry_one(self, letter: Letter, following: Letter | None) -> bool:
        until = time.monotonic() + self._way.total
        packed, self._packed = self._packed, None
        with before_the_end(self._way.server):
            content = self._way.pack(letter) if packed is None else packed
            session = self._name(letter, until)
            self._is_awaited = False
            session.dialogue.say(content, until)
        if not self._may_begin():
            return False
        self._end(session, letter, following, until)
        return True

    def _name(self, letter: Letter, until: float) -> Session:
        """Bring the server to where it waits for this letter's content.

        A connection that broke while it lay unused is no failure: another one is opened.
        """
        while True:
            if self._session and (self._session.is_worn if self._named is None else self._named is not letter):
                self._drop()
            session = self._session = self._session or self._way.take()
            try:
                is_fresh = session.is_fresh and self._named is None
                if self._named is None:
                    session.note_letter()
                    self._named = letter
                self._hear_names(session, self._names(letter), until, is_fresh=is_fresh)
            except _Stale:
                self._drop()
                continue
            return session

    def _hear_names(self, session: Session, names: tuple[bytes, ...], until: float, *, is_fresh: bool) -> None:
        is_said = self._unheard > 0
        for stage, name in zip(_STAGES, names, strict=True):
            try:
                if not is_said:
                    self._say_names(session, names if session.is_pipelined else (name,), until)
                    is_said = session.is_pipelined
                answer = session.dialogue.hear(until)
                self._unheard -= 1
            except (OSError, EOFError) as lost:
                if is_fresh or stage != "the sender":
                    raise
                raise _Stale from lost
            if stage == "the sender" and answer[0] in _ENDING and not is_fresh:
                raise _Stale
            self._is_awaited = answer[0] == _GO_AHEAD and stage == "the start of the letter"
            if not self._is_awaited:
                demand(answer, stage)
        if not self._is_awaited:
            raise MailServerTrouble(f"{self._way.server} answered {answer[0]} to DATA")

    def _say_names(self, session: Session, names: tuple[bytes, ...], until: float) -> None:
        self._unheard += len(names)
        session.dialogue.say(b"".join(names), until)

    def _names(self, letter: Letter) -> tuple[bytes, ...]:
        sender, to = self._way.sender.encode(), recipient(letter.to).encode()
        return b"MAIL FROM:<%b>\r\n" % sender, b"RCPT TO:<%b>\r\n" % to, b"DATA\r\n"

    def _end(self, session: Session, letter: Letter, following: Letter | None, until: float) -> None:
        """Send the last line, after which the letter may be delivered, whatever is heard of it."""
        ahead = self._ahead(session, following)
        self._named = None
        try:
            session.dialogue.say(_DOT + b"".join(ahead), until)
        except BaseException as broken:
            self._drop()
            if isinstance(broken, KeyboardInterrupt | SystemExit):
                raise
            if session.dialogue.handed < len(_DOT):
                reason = without_addresses(str(broken)) or type(broken).__name__
                raise MailServerTrouble(f"the letter was not taken by {self._way.server}: {reason}") from broken
            raise self._unknown(letter, broken) from broken
        if ahead and following:
            self._named, self._unheard = following, len(ahead)
            session.note_letter()
            # Made while the server is at work on this one; what fails now fails again when it is its turn.
            with suppress(Exception):
                self._packed = self._way.pack(following)
        try:
            answer = session.dialogue.hear(time.monotonic() + self._way.answer)
        except Exception as lost:
            raise self._unknown(letter, lost) from lost
        if answer[0] // 100 not in _FINAL:
            raise self._unknown(letter, f"it answered {answer[0]}")
        demand(answer, "the letter")

    def _ahead(self, session: Session, following: Letter | None) -> tuple[bytes, ...]:
        if following and session.is_pipelined and not session.is_worn:
            with suppress(MailRefused):
                return self._names(following)
        return ()

    def _unknown(self, letter: Letter, lost: BaseException | str) -> MailUnknown:
        return MailUnknown(f"{self._way.server} got the whole letter {letter.key!r}, but its answer was lost: {lost}")

    def _recover(self, letter: Letter, failure: MailFailure) -> None:
        """Make the connection ready for another letter, or end it."""
        # What was no answer of the server's has a cause: there is nobody to talk to any more.
        is_over = isinstance(failure, MailUnknown) or failure.__cause__ is not None
        if self._session and (is_over or (self._named in (None, letter) and not self._forget(self._session))):
            self._drop()

    def _forget(self, session: Session) -> bool:
        """Have the server forget a letter that it did not take; False where the connection is of no use any more."""
        until = time.monotonic() + _PATIENCE
        with suppress(Exception):
            while self._unheard and not self._is_awaited:
                self._is_awaited = session.dialogue.hear(until)[0] == _GO_AHEAD
                self._unheard -= 1
            self._named = None
            return not self._is_awaited and session.reset(until)
        return False

    def _drop(self) -> None:
        if self._session:
            self._session.close()
        self._session, self._named, self._unheard, self._is_awaited, self._packed = None, None, 0, False, None

    def _leave(self) -> None:
        """Keep the connection for other letters, where it is ready for one."""
        if self._session and self._named is None:
            self._way.keep(self._session)
            self._session = None
        self._drop()


class _Stale(ProviderFailure):
    """The connection was ended while it lay unused."""
