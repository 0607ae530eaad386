"""A Redis whose certificate has expired is done without, and used again as soon as it shows a valid one."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.ledger import Due
from bellwork.workers import due_set, top_up
from tests.faults.own_valkey import environment
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAMS = [shutil.which(name) or "" for name in ("faketime", "openssl")]
_ANSWERS = {b"PING\r\n": b"+PONG\r\n", b"HELLO\r\n": b"%1\r\n+proto\r\n:3\r\n"}
_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


class _Redis(ThreadingTCPServer):
    """Shows its certificate, and agrees to everything that it is asked."""

    daemon_threads = True
    tls: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        with suppress(OSError), self.tls.wrap_socket(request, server_side=True) as trusted:
            super().finish_request(trusted, client_address)


class _Answer(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            words = [self.rfile.read(int(self.rfile.readline()[1:]) + 2) for _ in range(int(line[1:]))]
            self.wfile.write(_ANSWERS.get(words[0], b"+OK\r\n"))


@pytest.fixture
def server(database: str, tmp_path: Path) -> Iterator[_Redis]:
    """The server, with a certificate of long ago; REDIS_URL trusts whoever issued that or the one of today."""
    del database
    if not all(_PROGRAMS):
        pytest.skip("needs Debian's packages faketime and openssl, to issue a certificate of long ago")
    for name, day in {"expired": "2020-01-01", "valid": "now"}.items():
        _issue(tmp_path, name, day)
    (tmp_path / "trusted").write_text((tmp_path / "expired").read_text() + (tmp_path / "valid").read_text())
    with _Redis(("127.0.0.1", 0), _Answer) as server:
        show(server, tmp_path, "expired")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        where = (
            f"rediss://127.0.0.1:{server.server_address[1]}?ssl_ca_certs={tmp_path}/trusted&ssl_check_hostname=false"
        )
        with environment(REDIS_URL=where):
            yield server
        server.shutdown()


def test_r9_an_expired_certificate_is_nobodys_trouble(server: _Redis, tmp_path: Path) -> None:
    """No function of the due set raises while it is shown; a valid one is believed without a restart."""
    due_set.add([Due(1, "tls", 0, 1)])
    assert (None, 0) == (due_set.pop("tls", 1, 0.01), top_up.top_up())
    assert not due_set.ping()

    show(server, tmp_path, "valid")
    eventually(due_set.ping)


def show(server: _Redis, folder: Path, name: str) -> None:
    """Let the server show this certificate from now on."""
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(folder / name)


def _issue(folder: Path, name: str, day: str) -> None:
    """Issue a certificate that is valid for a week, its key in the same file."""
    place = str(folder / name)
    command = [
        *_PROGRAMS[:1],
        day,
        *_PROGRAMS[1:],
        "req",
        "-x509",
        *_KEY,
        "-subj",
        "/CN=redis",
        "-days",
        "7",
        "-keyout",
        place,
        "-out",
        f"{place}.part",
    ]
    subprocess.run(command, check=True, capture_output=True)
    with (folder / name).open("a") as file:
        file.write((folder / f"{name}.part").read_text())
