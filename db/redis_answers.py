"""Asks Redis whether it answers, in the few words of its protocol that this takes; redis-py takes longer to load."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import closing
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

#: Seconds that each step may take.
PATIENCE = 1.0
_PORT = 6379


def trouble() -> str | None:
    """Say in words why Redis cannot be used, None where it can.

    Raises SettingsError where REDIS_URL does not stand in the environment, and cannot be read elsewhere either.
    """
    url = urlsplit(os.environ.get("REDIS_URL", "").strip())
    if url.scheme not in {"redis", "rediss", "unix"} or set(parse_qs(url.query)) - {"username", "password", "db"}:
        from bellwork.db import redis_client  # noqa: PLC0415 - only where the short way does not do

        return redis_client.trouble()
    try:
        with closing(_connected(url)) as line:
            return _asked(line, url)
    except (OSError, ValueError):
        return "does not answer"


def _connected(url: SplitResult) -> socket.socket:
    if url.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        try:
            line.connect(unquote(url.path))
        except OSError:
            line.close()
            raise
        return line
    plain = socket.create_connection((url.hostname or "localhost", url.port or _PORT), PATIENCE)
    if url.scheme == "redis":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=url.hostname)


def _asked(line: socket.socket, url: SplitResult) -> str | None:
    query = parse_qs(url.query)
    user = unquote(url.username or "") or query.get("username", [""])[0]
    password = unquote(url.password or "") or query.get("password", [""])[0]
    if password and not _answer(line, "AUTH", *([user] if user else []), password).startswith(b"+OK"):
        return "refuses the user or the password of REDIS_URL"
    said = _answer(line, "PING")
    if said.startswith(b"-NOAUTH"):
        return "refuses the user or the password of REDIS_URL"
    if said.startswith(b"-NOPERM"):
        return "lets the user of REDIS_URL do nothing"
    return None if said.startswith(b"+PONG") else "does not answer"


def _answer(line: socket.socket, *words: str) -> bytes:
    """Send a command as an array of strings (RESP), and read the line that answers it."""
    sent = [f"${len(word.encode())}\r\n{word}\r\n".encode() for word in words]
    line.sendall(b"*%d\r\n" % len(words) + b"".join(sent))
    said = b""
    while not said.endswith(b"\r\n"):
        more = line.recv(512)
        if not more:
            raise ConnectionError("it hung up")
        said += more
    return said
