"""A mail server on this machine, which keeps what it is given: the demo's letters go over SMTP and end here."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import default
from typing import TYPE_CHECKING, Self

from aiosmtpd.controller import Controller

from bellwork.db.vocabulary.exhibit import Letter

if TYPE_CHECKING:
    from types import TracebackType

    from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailbox:
    """Takes letters on a port of its own for as long as the `with` block lasts."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._turn = threading.Lock()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        self._server = Controller(self, hostname="127.0.0.1", port=port)

    @property
    def url(self) -> str:
        """What SMTP_URL is to be."""
        return f"smtp://127.0.0.1:{self._server.port}"

    @property
    def letters(self) -> tuple[Letter, ...]:
        """What has come so far, in order."""
        with self._turn:
            return tuple(self._letters)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a letter."""
        del server, session
        letter = _read(envelope)
        with self._turn:
            self._letters.append(letter)
        return "250 OK"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()


def _read(envelope: Envelope) -> Letter:
    content = envelope.content if isinstance(envelope.content, bytes) else b""
    message = BytesParser(policy=default).parsebytes(content)
    body, rich = message.get_body(("plain",)), message.get_body(("html",))
    return Letter(
        to=", ".join(envelope.rcpt_tos),
        subject=str(message["subject"] or ""),
        text="\n".join(body.get_content().splitlines()) if body else "",
        at=datetime.now(UTC),
        message_id=str(message["message-id"] or "").strip(),
        html=rich.get_content() if rich else None,
        message=content,
    )
