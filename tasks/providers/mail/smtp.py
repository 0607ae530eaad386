"""Sends letters by SMTP, and knows at every moment whether the server can have taken the letter."""

from __future__ import annotations

import os
import re
import ssl
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

from bellwork.tasks.providers.errors import MailServerTrouble, MailUnknown, ProviderFailure
from bellwork.tasks.providers.mail.letter import Letter, recipient, sender_address, write
from bellwork.tasks.providers.mail.session import Session, before_the_end
from bellwork.tasks.providers.mail.verdict import demand
from bellwork.tasks.providers.mail.watch import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.mail.server import Server

_GO_AHEAD = 354
_DOT_AT_START = re.compile(rb"^\.", re.MULTILINE)
_all: WeakSet[Smtp] = WeakSet()


class Smtp:
    """A Postman for a mail server, which keeps its connections: one for each thread that sends at the same time.

    Seconds: `connect` for the connection, `total` for everything until the whole letter is there, `answer` for the
    server's word after it, by default as long as `total`. RFC 5321 (4.5.3.2.6) asks for ten minutes of patience there:
    whoever leaves before does not know whether his letter was taken.
    """

    def __init__(  # noqa: PLR0913 - each has a default that is right
        self,
        server: Server,
        sender: str,
        *,
        connect: float = 10.0,
        total: float = 45.0,
        answer: float | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._server, self._sender = server, sender
        self._connect, self._total, self._answer = connect, total, total if answer is None else answer
        self._context = context or ssl.create_default_context()
        self._kept: list[Session] = []
        self._lock = Lock()
        _all.add(self)

    def send(self, letter: Letter) -> None:
        """Deliver a letter; whatever is raised before its last line was sent is MailTryLater or MailRefused.

        A connection that broke while it lay unused is no failure: another one is opened.
        """
        to = recipient(letter.to)
        body = _DOT_AT_START.sub(b"..", write(letter, self._sender))
        while True:
            session = self._take()
            try:
                with self._used(session):
                    self._hand_over(session, letter, to, body)
            except _Stale:
                continue
            return

    def probe(self) -> None:
        """Greet, encrypt, log in and leave; raises MailServerTrouble where the server takes nobody's letters."""
        session = self._open()
        try:
            with watched(session.smtp, self._total), before_the_end(self._server):
                demand(session.smtp.mail(sender_address(self._sender)), "the sender")
                session.reset()
        finally:
            session.close()

    def __str__(self) -> str:
        return str(self._server)

    def close(self) -> None:
        """End the connections that lie unused."""
        with self._lock:
            kept, self._kept = self._kept, []
        for session in kept:
            session.close()

    def __del__(self) -> None:
        self.close()

    def _take(self) -> Session:
        while True:
            with self._lock:
                session = self._kept.pop() if self._kept else None
            if session is None:
                return self._open()
            if not session.is_worn:
                return session
            session.close()

    def _open(self) -> Session:
        with before_the_end(self._server):
            session = Session(self._server, self._connect, self._context)
        try:
            with watched(session.smtp, self._total), before_the_end(self._server):
                session.greet()
        except BaseException:
            session.close()
            raise
        return session

    @contextmanager
    def _used(self, session: Session) -> Iterator[None]:
        """Keep the connection for the next letter, where that is possible."""
        try:
            yield
        except ProviderFailure as failure:
            if isinstance(failure, MailUnknown) or not session.reset():
                session.close()
            else:
                self._keep(session)
            raise
        except BaseException:
            session.close()
            raise
        self._keep(session)

    def _keep(self, session: Session) -> None:
        if session.is_worn:
            session.close()
            return
        with self._lock:
            self._kept.append(session)

    def _hand_over(self, session: Session, letter: Letter, to: str, body: bytes) -> None:
        smtp, is_fresh = session.smtp, session.is_fresh
        session.note_letter()
        with watched(smtp, self._total), before_the_end(self._server):
            self._begin(session, is_fresh=is_fresh)
            demand(smtp.rcpt(to), "the recipient")
            code, answer = smtp.docmd("DATA")
            if code != _GO_AHEAD:
                demand((code, answer), "the start of the letter")
                raise MailServerTrouble(f"{self._server} answered {code} to DATA")
            smtp.send(body)
        with watched(smtp, self._answer):
            self._end(session, letter)

    def _begin(self, session: Session, *, is_fresh: bool) -> None:
        """Name the sender; where the server has ended a connection that was used before, that is heard here."""
        try:
            answer = session.smtp.mail(sender_address(self._sender))
        except (OSError, EOFError) as lost:
            if is_fresh:
                raise
            raise _Stale from lost
        if answer[0] in _ENDING and not is_fresh:
            raise _Stale
        demand(answer, "the sender")

    def _end(self, session: Session, letter: Letter) -> None:
        """Send the last line, after which the letter may be delivered, whatever is heard of it."""
        smtp = session.smtp
        try:
            if smtp.sock:
                smtp.sock.settimeout(self._answer)
            smtp.send(b".\r\n")
            answer = smtp.getreply()
            if smtp.sock:
                smtp.sock.settimeout(self._connect)
        except Exception as lost:
            raise MailUnknown(
                f"{self._server} got the whole letter {letter.key!r}, but its answer was lost: {lost}"
            ) from lost
        demand(answer, "the letter")


#: How a server says that it ends this connection: shutting down, or too many letters, or silence for too long.
_ENDING = frozenset({421, -1})


class _Stale(ProviderFailure):
    """The connection was ended while it lay unused."""


def _forked() -> None:
    """In a forked child no connection is ours: the parent goes on with them."""
    for postman in list(_all):
        postman._kept, postman._lock = [], Lock()  # noqa: SLF001 - it is the same file


os.register_at_fork(after_in_child=_forked)
