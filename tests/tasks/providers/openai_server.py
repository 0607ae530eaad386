"""A local server that behaves, request by request, as well or as badly as a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Exchange"], None]


@dataclass
class Request:
    """What a client asked for."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Exchange:
    """One request, and the ways in which it may be answered."""

    handler: BaseHTTPRequestHandler
    closing: threading.Event

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """Answer with a status, a body and headers (`retry_after` becomes Retry-After)."""
        self.handler.send_response(status)
        for name, value in {"content_type": kind, "content_length": str(len(body)), **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)


class OpenAIServer:
    """Listens on a free port; the last behaviour goes on for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.sent = 0
        self._behaviours: list[Behaviour] = [empty]
        self._closing = threading.Event()
        self._server = _QuietServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def behave(self, *behaviours: Behaviour) -> None:
        """Say how the next requests are answered, one after the other."""
        self._behaviours = list(behaviours)

    def close(self) -> None:
        """Let go of everybody who waits, and stop."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Note the request and answer as told."""
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                server.requests.append(Request(self.path, dict(self.headers.items()), _read(self, body)))
                behaviour = server._behaviours[0]
                if len(server._behaviours) > 1:
                    server._behaviours.pop(0)
                with suppress(OSError):
                    behaviour(Exchange(self, server._closing))

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler


def _read(handler: BaseHTTPRequestHandler, body: bytes) -> Any:
    """Return a document, or what was sent as a form as it is."""
    return body if "multipart" in handler.headers.get("content-type", "") else json.loads(body)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are what is being tested."""


@dataclass
class Huge:
    """Sends up to 200 MB, and remembers how much of it was taken."""

    kind: str = "application/json"
    taken: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        """Send, until the client has had enough."""
        exchange.handler.send_response(200)
        exchange.handler.send_header("content-type", self.kind)
        exchange.handler.end_headers()
        try:
            for _ in range(200):
                exchange.handler.wfile.write(b" " * (1 << 20))
                self.taken += 1 << 20
        finally:
            self.stopped.set()


def answer(content: Any, **extra: Any) -> Behaviour:
    """Answer as a chat model does, with a document (or any text) as the message."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text, "refusal": None, **extra.pop("message", {})}
    choice = {"index": 0, "finish_reason": "stop", "message": message, **extra}
    return status(200, {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})


def status(code: int, document: Any, **headers: str) -> Behaviour:
    """Answer with a status and a JSON document."""
    return lambda exchange: exchange.send(code, json.dumps(document).encode(), **headers)


def busy(retry_after: str | None) -> Behaviour:
    """Answer 429, with or without saying how long."""
    headers = {} if retry_after is None else {"retry_after": retry_after}
    return status(429, {"error": {"message": "slow down"}}, **headers)


def raw(body: bytes, kind: str = "application/json", code: int = 200, **headers: str) -> Behaviour:
    """Answer with any bytes."""
    return lambda exchange: exchange.send(code, body, kind, **headers)


def empty(exchange: Exchange) -> None:
    """Answer 200 and nothing."""
    exchange.send(200, b"")


def stall(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.closing.wait(30)


def drip(exchange: Exchange) -> None:
    """Send a byte now and then, for ever."""
    exchange.handler.send_response(200)
    exchange.handler.send_header("content-type", "application/json")
    exchange.handler.end_headers()
    while not exchange.closing.wait(0.05):
        exchange.handler.wfile.write(b" ")


def drip_headers(exchange: Exchange) -> None:
    """Never finish the headers."""
    exchange.handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not exchange.closing.wait(0.05):
        exchange.handler.wfile.write(b"x")


def hang_up(exchange: Exchange) -> None:
    """Close the connection without a word."""
    exchange.handler.connection.close()
