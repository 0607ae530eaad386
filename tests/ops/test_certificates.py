"""`bellwork certificates`: a key is made, a certificate is verified, and refused when one byte is another."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bellwork.db.settings import settings
from bellwork.tasks.certificates import Issuer, issuer, print_page, sign_credential, sign_status_list
from tests.ops.desk import ask
from tests.tasks.certificates.conftest import facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder with a key that the command made, and with certificate.pdf and certificate.json."""
    for name, value in {
        "DATABASE_URL": "postgresql://nobody@localhost/nothing",
        "REDIS_URL": "redis://localhost:1/0",
        "CERTIFICATES_URL": "https://learn.example",
        "CERTIFICATES_PEM": str(tmp_path / "k.pem"),
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert 0 == ask("certificates", "key", str(tmp_path / "k.pem")).code
    page = print_page(facts())
    (tmp_path / "certificate.pdf").write_bytes(page)
    (tmp_path / "certificate.json").write_bytes(sign_credential(facts(), _issuer(), page))
    yield tmp_path
    settings.cache_clear()


def _issuer() -> Issuer:
    found = issuer()
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["certificate.pdf", "certificate.json"])
def test_a_certificate_is_verified_whichever_of_its_files_is_named(desk: Path, name: str) -> None:
    """It says number, course, issuer and day, and that the page was compared."""
    said = ask("certificates", "verify", str(desk / name))
    document = json.loads(ask("certificates", "verify", str(desk / name), "--json").out)

    assert 0 == said.code
    assert "LC-2026-000001 is valid: Programming with Python, issued by Bellwork on 2026-03-01." in said.out
    assert (True, True) == (document["valid"], document["certificate"]["page"])


@pytest.mark.parametrize("name", ["certificate.pdf", "certificate.json"])
def test_one_altered_byte_is_refused(desk: Path, name: str) -> None:
    """Wherever it stands, in the page or in the credential: exit code 1, and why."""
    whole = (desk / name).read_bytes()
    for place in [0, len(whole) - 1, *random.Random(3).sample(range(len(whole)), 10)]:  # noqa: S311 - places to try
        altered = bytearray(whole)
        altered[place] ^= 1
        (desk / name).write_bytes(altered)
        said = ask("certificates", "verify", str(desk / "certificate.pdf"))

        assert 1 == said.code, place
        assert said.err.startswith("bellwork: not valid: "), place
        assert "" == said.out, place


def test_a_stranger_verifies_with_what_the_issuer_publishes_and_no_setting(desk: Path) -> None:
    """did.json and the list of what was revoked, in a process without settings, network and database."""
    (desk / "did.json").write_text(ask("certificates", "did").out)
    for name, revoked in (("free.jwt", [2]), ("revoked.jwt", [1])):
        (desk / name).write_bytes(
            sign_status_list(_issuer(), ("courses", 0), revoked, datetime.now(UTC) - timedelta(seconds=1))
        )
    known = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_PEM"))}
    verify = [sys.executable, "-m", "bellwork.ops.cli", "certificates", "verify", "certificate.pdf"]
    said = [
        subprocess.run(
            [*verify, "--did", "did.json", "--status", name],
            check=False,
            capture_output=True,
            text=True,
            env=known,
            cwd=desk,
        )
        for name in ("free.jwt", "revoked.jwt")
    ]

    assert [0, 1] == [each.returncode for each in said], said
    assert "revoked since" not in said[0].stdout
    assert "revocation" in said[1].stderr


def test_what_cannot_be_verified_is_told_in_a_line(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, a page without its credential, no DID document, a key that is there already, no issuer."""
    (desk / "alone.pdf").write_bytes(b"%PDF")
    (desk / "list.json").write_text("[]")
    credential = str(desk / "certificate.json")
    asked = {
        ("verify", str(desk / "none.json")): "cannot be read: No such file",
        ("verify", str(desk / "none.pdf")): "cannot be read: No such file",
        ("verify", str(desk / "alone.pdf")): "its credential is to lie beside it as",
        ("verify", credential, "--did", str(desk / "list.json")): "is no DID document",
        ("key", str(desk / "k.pem")): "File exists",
    }
    for words, why in asked.items():
        said = ask("certificates", *words)
        assert (1, True) == (said.code, why in said.err), (words, said)
    monkeypatch.delenv("CERTIFICATES_PEM")
    settings.cache_clear()

    assert "the settings name no issuer" in ask("certificates", "did").err
    assert json.loads(ask("certificates", "verify", credential, "--json").out)["ok"] is False


def test_a_refusal_is_a_document_under_json(desk: Path) -> None:
    """With the reason, and no certificate."""
    (desk / "certificate.pdf").write_bytes(b"%PDF other")
    said = ask("certificates", "verify", str(desk / "certificate.pdf"), "--json")

    assert 1 == said.code
    assert "digest" in json.loads(said.out)["reason"]
