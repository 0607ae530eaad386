"""A real mail server (aiosmtpd) that answers what a test orders at each command, hangs up, or says nothing."""

from __future__ import annotations

import asyncio
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from email.message import EmailMessage

HANG_UP, STALL = "hang up", "stall"


@dataclass
class Office:
    """Takes letters. `orders` says what is answered to a command (EHLO, MAIL, RCPT, DATA, END), how often: -1 always.

    HANG_UP ends the connection, STALL says nothing until the test is over. `is_pipelined` says that commands may come
    in a row; `skipped` is how often a command is answered as usual before its order counts.
    """

    port: int = 0
    is_pipelined: bool = False
    orders: dict[str, tuple[str, int]] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    letters: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        """What SMTP_URL names it by."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def messages(self) -> list[EmailMessage]:
        """The letters, parsed."""
        return [message_from_bytes(letter, policy=default) for letter in self.letters]

    def begin_anew(self) -> None:
        """Be obedient and empty."""
        self.orders.clear()
        self.skipped.clear()
        self.letters.clear()
        self.connections = 0
        self.is_pipelined = False

    def order(self, command: str, answer: str, times: int = 1, after: int = 0) -> None:
        """Answer like this to a command, so many times; -1: from now on. `after` so many that are answered as usual."""
        self.skipped[command] = after
        self.orders[command] = (answer, times)

    async def obey(self, server: SMTP, command: str) -> str | None:
        """Return what was ordered for a command; None: what is usual."""
        answer, times = self.orders.get(command, ("", 0))
        if not times:
            return None
        if self.skipped.get(command):
            self.skipped[command] -= 1
            return None
        self.orders[command] = (answer, times - 1)
        if answer == STALL:
            while self.orders.get(command, ("", 0))[0] == STALL:  # noqa: ASYNC110 - told by another thread
                await asyncio.sleep(0.02)
        if answer in {HANG_UP, STALL}:
            if server.transport:
                server.transport.close()
            raise ConnectionResetError
        return answer

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        del envelope
        self.connections += 1
        session.host_name = hostname
        ordered = await self.obey(server, "EHLO")
        return [ordered] if ordered else [responses[0], *["250-PIPELINING"] * self.is_pipelined, *responses[1:]]

    async def handle_HELO(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        """Greet in the old way, which follows where the new one was refused."""
        del envelope
        session.host_name = hostname
        return await self.obey(server, "EHLO") or "250 office"

    async def handle_MAIL(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender."""
        del session
        if ordered := await self.obey(server, "MAIL"):
            return ordered
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        del session
        if ordered := await self.obey(server, "RCPT"):
            return ordered
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take a letter; what is ordered for END is answered after it has been taken."""
        del session
        content: Any = envelope.content
        ordered = self.orders.get("END", ("", 0))
        if not ordered[1] or self.skipped.get("END") or ordered[0] in {HANG_UP, STALL}:
            self.letters.append(content)
        return await self.obey(server, "END") or "250 OK"


class _Obedient(SMTP):
    """Asks about DATA before it says that a letter may come."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - as above
        if ordered := await self.event_handler.obey(self, "DATA"):
            await self.push(ordered)
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Obedient(self.handler, **self.SMTP_kwargs)


@contextmanager
def opened(**options: Any) -> Iterator[Office]:
    """Serve on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    office = Office(port)
    controller = _Controller(office, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield office
    finally:
        office.begin_anew()
        controller.stop()


def encrypted(context: ssl.SSLContext) -> dict[str, Any]:
    """Return the options of a server that speaks TLS after STARTTLS, and demands it."""
    return {"tls_context": context, "require_starttls": True}
