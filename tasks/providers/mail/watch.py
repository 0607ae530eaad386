"""Ends a conversation with a mail server at its deadline, even one that trickles on byte by byte."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from threading import Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import smtplib
    from collections.abc import Iterator


@contextmanager
def watched(session: smtplib.SMTP, seconds: float) -> Iterator[None]:
    """Close the session's connection after `seconds`; whoever waits on it then gets an error at once."""
    timer = Timer(seconds, _hang_up, args=(session,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(session: smtplib.SMTP) -> None:
    with suppress(OSError):
        if session.sock:
            session.sock.shutdown(socket.SHUT_RDWR)
