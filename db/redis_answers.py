"""Asks Redis whether it answers, in the few words of its protocol that this takes; redis-py takes longer to load."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import closing
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from bellwork.db import troubles

if TYPE_CHECKING:
    from bellwork.db.troubles import Trouble

#: Seconds that each step may take.
PATIENCE = 1.0
_PORT = 6379


def trouble() -> str | None:
    """Say in words why Redis cannot be used, None where it can.

    Raises SettingsError where REDIS_URL does not stand in the environment, and cannot be read elsewhere either.
    """
    return look()[0]


def look() -> tuple[str | None, list[Trouble]]:
    """Say the same, and what is noted there of things outside that are in trouble."""
    url = urlsplit(os.environ.get("REDIS_URL", "").strip())
    if url.scheme not in {"redis", "rediss", "unix"} or set(parse_qs(url.query)) - {"username", "password", "db"}:
        from bellwork.db import redis_client  # noqa: PLC0415 - only where the short way does not do

        return redis_client.look()
    try:
        with closing(_connected(url)) as line, line.makefile("rb") as answers:
            if said := _asked(line, answers, url):
                return said, []
            return None, _noted(line, answers, url)
    except (OSError, ValueError):
        return "does not answer", []


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


def _asked(line: socket.socket, answers: BinaryIO, url: SplitResult) -> str | None:
    query = parse_qs(url.query)
    user = unquote(url.username or "") or query.get("username", [""])[0]
    password = unquote(url.password or "") or query.get("password", [""])[0]
    if password and _answer(line, answers, "AUTH", *([user] if user else []), password) != b"OK":
        return "refuses the user or the password of REDIS_URL"
    said = _answer(line, answers, "PING")
    if isinstance(said, _Refused):
        if said.startswith(b"NOAUTH"):
            return "refuses the user or the password of REDIS_URL"
        if said.startswith(b"NOPERM"):
            return "lets the user of REDIS_URL do nothing"
    return None if said == b"PONG" else "does not answer"


def _noted(line: socket.socket, answers: BinaryIO, url: SplitResult) -> list[Trouble]:
    """Return the troubles; none where Redis refuses to say, for that alone is no outage."""
    path = "" if url.scheme == "unix" else url.path.strip("/")
    if database := path or parse_qs(url.query).get("db", [""])[0]:
        _answer(line, answers, "SELECT", database)
    now, notes = _answer(line, answers, "TIME"), _answer(line, answers, "HGETALL", troubles.KEY)
    if not isinstance(now, list) or not isinstance(notes, list):
        return []
    return troubles.read(float(now[0]), dict(zip(notes[::2], notes[1::2], strict=True)))


class _Refused(bytes):
    """An answer that is an error."""


def _answer(line: socket.socket, answers: BinaryIO, *words: str) -> Any:
    """Send a command as an array of strings (RESP), and read what answers it: bytes, None, or a list of such."""
    sent = [f"${len(word.encode())}\r\n{word}\r\n".encode() for word in words]
    line.sendall(b"*%d\r\n" % len(words) + b"".join(sent))
    return _read(answers)


def _read(answers: BinaryIO) -> Any:
    said = answers.readline()
    if not said.endswith(b"\r\n"):
        raise ConnectionError("it hung up")
    kind, text = said[:1], said[1:-2]
    if kind == b"$":
        return None if text == b"-1" else answers.read(int(text) + 2)[:-2]
    if kind == b"*":
        return [_read(answers) for _ in range(int(text))]
    return _Refused(text) if kind == b"-" else text
