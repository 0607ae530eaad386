"""A connection to a mail server, greeted, encrypted and logged in, which may carry one letter after the other."""

from __future__ import annotations

import smtplib
import socket
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MailServerTrouble, ProviderFailure
from bellwork.tasks.providers.mail.dialogue import Dialogue
from bellwork.tasks.providers.mail.verdict import without_addresses

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from bellwork.tasks.providers.mail.server import Server

#: Seconds that a connection is used, and that it may lie unused: servers end idle ones, and name servers move.
OLD, IDLE = 300.0, 30.0
#: Letters that one connection carries.
MOST = 100
_OK, _MOVED = 200, 300


class Session:
    """One connection. Between two letters it is clean: the server has forgotten the one before."""

    def __init__(self, server: Server, connect: float, context: ssl.SSLContext) -> None:
        self._server, self._context = server, context
        self._opened = self._used = time.monotonic()
        self._letters = 0
        if server.tls == "implicit":
            self.smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=connect, context=context)
        else:
            self.smtp = smtplib.SMTP(server.host, server.port, timeout=connect)
        if self.smtp.sock:
            # A part that is held back until the one before it is acknowledged takes 40 ms.
            self.smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def greet(self) -> None:
        """Say who we are, encrypt and log in, as the way to this server demands."""
        self.smtp.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            self.smtp.starttls(context=self._context)
            self.smtp.ehlo()
        if self._server.user:
            self.smtp.login(self._server.user, self._server.password or "")
        if self.smtp.sock is None:
            raise EOFError("the connection was closed")
        self.dialogue = Dialogue(self.smtp.sock)
        #: Whether commands may be sent in a row (RFC 2920).
        self.is_pipelined = self.smtp.has_extn("pipelining")

    @property
    def is_fresh(self) -> bool:
        """Whether no letter was offered on it: what breaks then is no matter of its age."""
        return self._letters == 0

    @property
    def is_worn(self) -> bool:
        """Whether another one is to be opened in its place."""
        now = time.monotonic()
        return self._letters >= MOST or now - self._opened > OLD or now - self._used > IDLE

    def note_letter(self) -> None:
        """Count a letter that was offered."""
        self._letters += 1
        self._used = time.monotonic()

    def reset(self, until: float) -> bool:
        """Have the server forget a letter that it did not take; False where it does not."""
        self.dialogue.say(b"RSET\r\n", until)
        return _OK <= self.dialogue.hear(until)[0] < _MOVED

    def close(self) -> None:
        """End the connection without another word: a server may be slow to say goodbye."""
        with suppress(Exception):
            self.smtp.close()


@contextmanager
def before_the_end(server: Server) -> Iterator[None]:
    """Whatever breaks in here, a time limit too, the letter has not been taken, and its sender must hear just that."""
    try:
        yield
    except (ProviderFailure, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as broken:
        reason = f"the letter was not taken by {server}: {without_addresses(str(broken)) or type(broken).__name__}"
        raise MailServerTrouble(reason) from broken
