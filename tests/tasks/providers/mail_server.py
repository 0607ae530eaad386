"""A local mail server that hangs up, refuses or hesitates at the command that a test names."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


@dataclass
class MailServer:
    """Speaks just enough SMTP. `answers` maps a command (CONNECT, EHLO, MAIL, RCPT, DATA, END) to what it answers.

    An answer of "hang up" closes the connection, "stall" says nothing until the test ends. With a `context` it speaks
    TLS, from the first byte or after STARTTLS.
    """

    answers: dict[str, str] = field(default_factory=dict)
    letters: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    context: ssl.SSLContext | None = None
    starttls: bool = False
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._talks: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and let go of everybody."""
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with connection, suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._talks):
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # Whoever sends keeps his connection: the next one must not wait for its end.
            self._open.append(connection.dup())
            self._talks.append(threading.Thread(target=self._serve_one, args=(connection,), daemon=True))
            self._talks[-1].start()

    def _serve_one(self, connection: socket.socket) -> None:
        with connection, suppress(OSError, EOFError):
            if self.context and not self.starttls:
                with self.context.wrap_socket(connection, server_side=True) as secure:
                    self._talk(secure)
            else:
                self._talk(connection)

    def _talk(self, connection: socket.socket, *, greet: bool = True) -> None:
        with connection.makefile("rb") as lines:
            if greet:
                self._answer(connection, "CONNECT", "220 ready")
            while line := lines.readline():
                verb = line.split()[0].upper().decode()
                self.said.append(line.decode().strip())
                self._answer(connection, verb, self._usual(verb))
                if verb == "STARTTLS" and self.context:
                    with self.context.wrap_socket(connection, server_side=True) as secure:
                        self._talk(secure, greet=False)
                    return
                if verb == "DATA" and "DATA" not in self.answers:
                    self.letters.append(_read_letter(lines))
                    self._answer(connection, "END", "250 taken")

    def _usual(self, verb: str) -> str:
        extensions = "250-fine\r\n250 STARTTLS" if self.starttls else "250 fine"
        return {"DATA": "354 go on", "QUIT": "221 bye", "EHLO": extensions, "STARTTLS": "220 go"}.get(verb, "250 fine")

    def _answer(self, connection: socket.socket, verb: str, usual: str) -> None:
        answer = self.answers.get(verb, usual)
        if answer == "stall":
            self.closing.wait(30)
        if answer in {"hang up", "stall"}:
            raise EOFError
        connection.sendall(f"{answer}\r\n".encode())


def _read_letter(lines: object) -> bytes:
    letter = b""
    while (line := lines.readline()) not in {b".\r\n", b""}:  # type: ignore[attr-defined]
        letter += line.removeprefix(b".")
    return letter
