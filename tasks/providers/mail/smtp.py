"""Sends letters by SMTP over connections that it keeps."""

from __future__ import annotations

import os
import ssl
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakSet

from bellwork.tasks.providers.mail.carrier import Carrier
from bellwork.tasks.providers.mail.letter import sender_address
from bellwork.tasks.providers.mail.session import Session, before_the_end
from bellwork.tasks.providers.mail.verdict import demand
from bellwork.tasks.providers.mail.watch import watched
from bellwork.tasks.providers.mail.write import write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.tasks.providers.mail.letter import Letter, MayBegin, Told
    from bellwork.tasks.providers.mail.server import Server

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
        self.server, self.sender, self._from = server, sender_address(sender), sender
        self._connect, self.total, self.answer = connect, total, total if answer is None else answer
        self._context = context or ssl.create_default_context()
        self._kept: list[Session] = []
        self._lock = Lock()
        _all.add(self)

    def send(self, letter: Letter) -> None:
        """Deliver a letter; whatever is raised before its last line was sent is MailTryLater or MailRefused."""
        for failure in self.send_each([letter], lambda: True):
            if failure:
                raise failure

    def send_each(self, letters: Sequence[Letter], may_begin: MayBegin) -> Told:
        """Deliver letters one after the other; says of each what became of it."""
        return Carrier(self, may_begin).carry(letters)

    def pack(self, letter: Letter) -> bytes:
        """Return the letter as it is said after DATA: a dot at the beginning of a line is doubled."""
        return write(letter, self._from).replace(b"\r\n.", b"\r\n..")

    def probe(self) -> None:
        """Greet, encrypt, log in and leave; raises MailServerTrouble where the server takes nobody's letters."""
        session = self._open()
        try:
            with watched(session.smtp, self.total), before_the_end(self.server):
                demand(session.smtp.mail(self.sender), "the sender")
                session.smtp.rset()
        finally:
            session.close()

    def __str__(self) -> str:
        return str(self.server)

    def close(self) -> None:
        """End the connections that lie unused."""
        with self._lock:
            kept, self._kept = self._kept, []
        for session in kept:
            session.close()

    def __del__(self) -> None:
        self.close()

    def take(self) -> Session:
        """Return a connection that lies unused, or a new one; raises MailServerTrouble where none is to be had."""
        while True:
            with self._lock:
                session = self._kept.pop() if self._kept else None
            if session is None:
                return self._open()
            if not session.is_worn:
                return session
            session.close()

    def _open(self) -> Session:
        with before_the_end(self.server):
            session = Session(self.server, self._connect, self._context)
        try:
            with watched(session.smtp, self.total), before_the_end(self.server):
                session.greet()
        except BaseException:
            session.close()
            raise
        return session

    def keep(self, session: Session) -> None:
        """Keep a connection for other letters."""
        if session.is_worn:
            session.close()
            return
        with self._lock:
            self._kept.append(session)


def _forked() -> None:
    """In a forked child no connection is ours: the parent goes on with them."""
    for postman in list(_all):
        postman._kept, postman._lock = [], Lock()  # noqa: SLF001 - it is the same file


os.register_at_fork(after_in_child=_forked)
