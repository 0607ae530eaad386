"""A receiver's certificate is held against its name, by whoever the settings trust."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.webhooks import calls
from bellwork.workers.testing import drain
from tests.tasks.webhooks.receiver import opened
from tests.tasks.webhooks.told import added, deliveries, told

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of `localhost` that nobody else has signed, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    asked = ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run([openssl, "req", "-x509", *key, *asked, *files], check=True, capture_output=True)
    return tmp_path


@pytest.mark.usefixtures("receiver")
def test_a_certificate_of_another_name_or_of_nobody_is_not_believed(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said to such a receiver; one that is trusted (SSL_CERT_FILE) and has its name is told."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with opened(context) as trusted:
        right, wrong = added(f"https://localhost:{trusted.port}/right"), added(trusted.url("/wrong"))
        told(key="1")
        drain("webhooks")
        before = [call.path for call in trusted.calls]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        calls.forget()
        told(key="2")
        drain("webhooks")
        said = {(d["endpoint"], d["event"]): d["said"] or "" for d in deliveries()}

    assert ([], ["/right"]) == (before, [call.path for call in trusted.calls])
    assert 3 == sum("certificate" in each.lower() for each in said.values()), said
    assert {"delivered"} == {d["state"] for d in deliveries(right[0])[1:]}
    assert {"pending"} == {d["state"] for d in deliveries(wrong[0])}
