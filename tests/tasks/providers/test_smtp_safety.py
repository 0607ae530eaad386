"""The way to a mail server: encrypted, or not at all."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.providers.errors import MailTryLater
from bellwork.tasks.providers.mail import Smtp, open_mail
from bellwork.tasks.providers.mail.server import Server, server_of
from tests.tasks.providers.mail_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from tests.tasks.providers.letters import LETTER, SENDER


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server of our own, which can misbehave."""
    server = MailServer()
    yield server
    server.close()


def test_a_server_without_encryption_gets_nothing(server: MailServer) -> None:
    """Where STARTTLS is demanded and not offered, no name, password or letter is said in the clear."""
    guarded = Smtp(Server("127.0.0.1", server.port, "starttls", "user", "secret"), SENDER)

    with pytest.raises(MailTryLater, match="STARTTLS"):
        guarded.send(LETTER)
    assert all(line.lower().startswith(("ehlo", "helo")) for line in server.said)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that nobody has signed, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    pem = tmp_path / "server.pem"
    subject = ["-subj", "/CN=mail.example", "-days", "2", "-nodes"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", *subject, *files], check=True, capture_output=True)
    pem.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "cert.pem").read_bytes())
    return pem


@pytest.mark.parametrize("way", ["implicit", "starttls"])
def test_a_certificate_that_proves_nothing_is_not_trusted(certificate: Path, way: Any) -> None:
    """A wrong certificate ends the conversation before the letter; a trusted one delivers it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False
    server = MailServer(context=context, starttls=way == "starttls")
    try:
        with pytest.raises(MailTryLater, match="certificate"):
            Smtp(Server("127.0.0.1", server.port, way), SENDER).send(LETTER)
        assert [] == server.letters
        Smtp(Server("127.0.0.1", server.port, way), SENDER, context=trusting).send(LETTER)
    finally:
        server.close()

    assert 1 == len(server.letters)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", ("mail.example", 587, "starttls", None)),
        ("smtp://user%40x:pa%3Ass@mail.example:2525", ("mail.example", 2525, "starttls", "user@x")),
        ("smtps://u:p@mail.example", ("mail.example", 465, "implicit", "u")),
        ("smtp://localhost:1025", ("localhost", 1025, "none", None)),
        ("smtp://127.0.0.1:1025", ("127.0.0.1", 1025, "none", None)),
        ("smtp://[::1]:1025", ("::1", 1025, "none", None)),
        ("smtp://localhost:1025?tls=starttls", ("localhost", 1025, "starttls", None)),
        ("smtp://mailpit:1025?tls=none", ("mailpit", 1025, "none", None)),
    ],
)
def test_the_url_says_how_the_server_is_reached(url: str, expected: tuple[str, int, str, str | None]) -> None:
    """TLS is the rule; this machine and a spelled-out wish are the exceptions."""
    server = server_of(url)

    assert expected == (server.host, server.port, server.tls, server.user)


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "smtp://u:secret@:25", "smtp://u:secret@h:notaport", "nonsense"]
)
def test_an_unusable_url_is_reported_without_its_password(url: str) -> None:
    """The error names SMTP_URL and shows how it looks."""
    with pytest.raises(MailTryLater, match="SMTP_URL") as wrong:
        open_mail(url, SENDER)
    assert "secret" not in str(wrong.value)


def test_a_server_does_not_tell_its_password() -> None:
    """Neither in logs nor in errors."""
    assert "h:465" == f"{server_of('smtps://u:secret@h')!r}" == str(server_of("smtps://u:secret@h"))
