"""Sends letters by SMTP, and knows at every moment whether the server can have taken the letter."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MailServerTrouble, MailUnknown, ProviderFailure
from bellwork.tasks.providers.mail.letter import Letter, compose, recipient, sender_address
from bellwork.tasks.providers.mail.verdict import demand, without_addresses
from bellwork.tasks.providers.mail.watch import watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.mail.server import Server

_GO_AHEAD = 354
_DOT_AT_START = re.compile(rb"^\.", re.MULTILINE)


class Smtp:
    """A Postman for a mail server. `connect` and `total` are seconds: for the connection, and for everything."""

    def __init__(
        self,
        server: Server,
        sender: str,
        *,
        connect: float = 10.0,
        total: float = 45.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._server, self._sender = server, sender
        self._connect, self._total = connect, total
        self._context = context or ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        """Deliver a letter; whatever is raised before its last line was sent is MailTryLater or MailRefused."""
        to = recipient(letter.to)
        body = compose(letter, self._sender).as_bytes()
        with self._session() as session:
            self._envelope(session, to)
            with _before_the_end(self._server):
                session.send(_DOT_AT_START.sub(b"..", body))
            self._end(session, letter)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        with _before_the_end(self._server):
            session = self._open()
        try:
            with watched(session, self._total):
                with _before_the_end(self._server):
                    self._greet(session)
                yield session
        finally:
            with suppress(Exception):
                session.close()

    def _open(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        if self._server.tls == "implicit":
            return smtplib.SMTP_SSL(host, port, timeout=self._connect, context=self._context)
        return smtplib.SMTP(host, port, timeout=self._connect)

    def _greet(self, session: smtplib.SMTP) -> None:
        session.ehlo_or_helo_if_needed()
        if self._server.tls == "starttls":
            session.starttls(context=self._context)
            session.ehlo()
        if self._server.user:
            session.login(self._server.user, self._server.password or "")

    def _envelope(self, session: smtplib.SMTP, to: str) -> None:
        with _before_the_end(self._server):
            demand(session.mail(sender_address(self._sender)), "the sender")
            demand(session.rcpt(to), "the recipient")
            code, answer = session.docmd("DATA")
            if code != _GO_AHEAD:
                demand((code, answer), "the start of the letter")
                raise MailServerTrouble(f"{self._server} answered {code} to DATA")

    def _end(self, session: smtplib.SMTP, letter: Letter) -> None:
        """Send the last line, after which the letter may be delivered, whatever is heard of it."""
        try:
            session.send(b".\r\n")
            answer = session.getreply()
        except Exception as lost:
            raise MailUnknown(
                f"{self._server} got the whole letter {letter.key!r}, but its answer was lost: {lost}"
            ) from lost
        demand(answer, "the letter")
        with suppress(Exception):
            session.quit()


@contextmanager
def _before_the_end(server: Server) -> Iterator[None]:
    """Whatever breaks in here, a time limit too, the letter has not been taken, and its sender must hear just that."""
    try:
        yield
    except (ProviderFailure, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as broken:
        reason = f"the letter was not taken by {server}: {without_addresses(str(broken)) or type(broken).__name__}"
        raise MailServerTrouble(reason) from broken
