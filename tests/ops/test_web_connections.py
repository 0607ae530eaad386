"""Connections that ask for nothing hold up nobody: they end, they are counted, and the log stays short."""

from __future__ import annotations

import asyncio
import http.client
import logging
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from starlette.responses import PlainTextResponse

from bellwork.ops.web import serve
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after as many seconds as the path says."""
    await asyncio.sleep(float(scope["path"].strip("/") or 0))
    await PlainTextResponse("ok")(scope, receive, send)


@contextmanager
def served(head: float, most: int | None = None) -> Iterator[tuple[str, int]]:
    """Serve it beside the test."""
    with socket.create_server(("127.0.0.1", 0)) as heard:
        server = serve.server(app, head, most)
        thread = threading.Thread(target=server.run, args=([heard],))
        thread.start()
        try:
            yield heard.getsockname()[:2]
        finally:
            server.should_exit = True
            thread.join()


def ask(address: tuple[str, int], path: str = "/") -> bytes:
    """Ask as a browser does."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse().read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    "said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nhost: x\r\n"], ids=["nothing", "a line", "a head"]
)
def test_half_a_request_is_cut_off(said: bytes) -> None:
    """Whatever of it came, and however slowly it goes on."""
    with served(head=0.3) as address, socket.create_connection(address, timeout=60) as half:
        half.sendall(said)

        assert _ended(half)


def test_a_request_that_drips_is_cut_off_too() -> None:
    """Each byte that comes buys no more time."""
    with served(head=0.3) as address, socket.create_connection(address, timeout=60) as dripping:
        eventually(lambda: _refuses(dripping), 60)


def test_a_connection_that_asks_again_is_kept_and_one_that_does_not_is_ended() -> None:
    """The time for the next request begins with the answer to the one before."""
    with served(head=0.5) as address:
        kept = http.client.HTTPConnection(*address, timeout=60)
        for _ in range(2):
            kept.request("GET", "/")
            assert kept.getresponse().read() == b"ok"

        assert _ended(kept.sock)
        kept.close()


def test_an_answer_that_takes_its_time_is_not_cut_off() -> None:
    """The limit is for asking, not for answering."""
    with served(head=0.2) as address:
        assert b"ok" == ask(address, "/0.6")


def test_connections_beyond_the_most_are_ended_and_others_are_answered_when_they_go() -> None:
    """The limit stands below the open files of the process, so accepting never fails."""
    with served(head=60, most=5) as address:
        held = [socket.create_connection(address, timeout=60) for _ in range(5)]
        with socket.create_connection(address, timeout=60) as sixth:
            assert _ended(sixth)
        for each in held:
            each.close()
        eventually(lambda: _answers(address), 60)


def test_one_text_is_logged_once_a_while(caplog: pytest.LogCaptureFixture) -> None:
    """What strangers cause a thousand times fills no disk."""
    serve.server(app)
    for _ in range(1_000):
        logging.getLogger("asyncio").error("socket.accept() out of system resource\nsocket: x")
        logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")

    assert [record.name for record in caplog.records].count("asyncio") == 1
    logging.getLogger("asyncio").filters.clear()
    logging.getLogger("uvicorn.error").filters.clear()


def _ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def _refuses(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"x")
    except OSError:
        return True
    return False


def _answers(address: tuple[str, int]) -> bool:
    try:
        return ask(address) == b"ok"
    except (OSError, http.client.HTTPException):
        return False
