"""A local server that answers as Stripe does about invoices, as well or as badly as a test tells it to."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from datetime import datetime


class StripeServer:
    """Keeps invoices by subscription; `lose` of the next answers are lost, `status` is answered in their place."""

    def __init__(self) -> None:
        self.invoices: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.lose, self.status, self.body = 0, 200, ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def invoice(self, subscription: str, start: datetime, end: datetime, status: str = "paid", tries: int = 1) -> None:
        """Put an invoice for a period."""
        period = {"start": int(start.timestamp()), "end": int(end.timestamp())}
        made = {"object": "invoice", "status": status, "attempt_count": tries, "lines": {"data": [{"period": period}]}}
        self.invoices.setdefault(subscription, []).insert(0, made)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Note the question and answer as told."""
                server._answer(self)

            do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names of the standard library

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        return Handler

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        place = urlsplit(handler.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        self.asked.append((handler.command, place.path, asked | {"key": handler.headers.get("authorization", "")}))
        if self.lose:
            self.lose -= 1
            handler.close_connection = True
            with suppress(OSError):
                handler.connection.close()
            return
        found = self.invoices.get(asked.get("subscription", ""), [])
        body = (self.body or json.dumps({"object": "list", "data": found})).encode()
        handler.send_response(self.status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
