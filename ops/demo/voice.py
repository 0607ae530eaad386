"""A speech service on this machine: speaks OpenAI's protocol with the embedded voice, and fails where asked."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.providers.speech import Espeak

if TYPE_CHECKING:
    from types import TracebackType

_LONGEST_ORDER = 1_000_000


@dataclass
class _Outage:
    """So many more answers of 500 to the first text that holds a word."""

    word: str
    left: int
    text: str = ""


class VoiceService:
    """Serves POST /v1/audio/speech on a port of its own for as long as the `with` block lasts."""

    def __init__(self) -> None:
        self._turn, self._voice = threading.Lock(), Espeak()
        self._outages: list[_Outage] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="voice")

    @property
    def url(self) -> str:
        """What TTS_BASE_URL is to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def fail(self, word: str, times: int) -> None:
        """Answer 500 so many times to the first text that holds the word; every other text is spoken at once."""
        with self._turn:
            self._outages.append(_Outage(word.lower(), times))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, order: bytes) -> tuple[HTTPStatus, str, bytes]:
        """Return status, content type and body for an order."""
        try:
            text = str(json.loads(order)["input"])
        except (ValueError, KeyError, TypeError):
            return HTTPStatus.BAD_REQUEST, "application/json", b'{"error": {"message": "no input to speak"}}'
        if self._fails(text):
            return HTTPStatus.INTERNAL_SERVER_ERROR, "application/json", b'{"error": {"message": "out of breath"}}'
        try:
            return HTTPStatus.OK, "audio/wav", self._voice.speak(text).wav
        except ProviderFailure as error:
            said = json.dumps({"error": {"message": str(error)}}).encode()
            return HTTPStatus.INTERNAL_SERVER_ERROR, "application/json", said

    def _fails(self, text: str) -> bool:
        with self._turn:
            for outage in self._outages:
                if not outage.text and outage.word in text.lower():
                    outage.text = text
                if outage.text == text and outage.left:
                    outage.left -= 1
                    return True
            return False

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            """One order, one answer."""

            def do_POST(self) -> None:
                size = min(int(self.headers.get("content-length", "0")), _LONGEST_ORDER)
                order = self.rfile.read(size)
                if self.path != "/v1/audio/speech":
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                status, kind, body = service.answer(order)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words: object) -> None:
                """Say nothing: the terminal belongs to the demo."""

        return Handler
