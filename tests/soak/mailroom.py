"""A mail server of the soak's own, which may refuse our sender for a while."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailroom:
    """Takes letters and remembers their subjects and to whom they went; while `refusing` it says 550 to MAIL FROM."""

    def __init__(self) -> None:
        self.refusing = False
        self.refused = 0
        self.taken: list[str] = []
        self.delivered: list[str] = []

    async def handle_MAIL(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender, or refuse it."""
        del server, session
        if self.refusing:
            self.refused += 1
            return "550 5.7.60 not allowed to send as this sender"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        """Take a letter."""
        self.delivered += envelope.rcpt_tos
        del server, session
        lines = (envelope.content or b"").splitlines() if isinstance(envelope.content, bytes) else []
        self.taken += [line[9:].decode() for line in lines if line.startswith(b"Subject: ")]
        return "250 OK"


@contextmanager
def opened(room: Mailroom) -> Iterator[int]:
    """Serve on a free port of this machine; yields it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    controller = Controller(room, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()
