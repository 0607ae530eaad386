"""Reads SMTP_URL: which server, how it is reached, and whether the way there must be encrypted."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from bellwork.tasks.providers.errors import MailServerTrouble

Tls = Literal["implicit", "starttls", "none"]

_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Server:
    """A mail server and the way to it; the password is never part of its text."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    __repr__ = __str__


def server_of(url: str) -> Server:
    """Return the server of smtp://user:password@host:port or smtps://user:password@host:port.

    smtp:// demands STARTTLS, except on this very machine; `?tls=none` gives that up for a network one trusts.
    Raises MailServerTrouble, which names SMTP_URL and not its password: the letters wait until it is mended.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError) as wrong:
        raise MailServerTrouble("SMTP_URL is unusable; it looks like smtps://user:password@host:465") from wrong
    if not parts.hostname:
        raise MailServerTrouble("SMTP_URL names no host; it looks like smtps://user:password@host:465")
    return Server(
        host=parts.hostname,
        port=port,
        tls=_tls(parts.scheme, parts.hostname, parse_qs(parts.query).get("tls", [""])[-1]),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _tls(scheme: str, host: str, wish: str) -> Tls:
    if scheme == "smtps":
        return "implicit"
    if wish == "starttls":
        return "starttls"
    return "none" if wish == "none" or _is_this_machine(host) else "starttls"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
