"""A credential proves what it says, by the issuer's key alone; whatever was altered is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.db.settings import settings
from bellwork.tasks.certificates import (
    BITS,
    CertificateError,
    Issuer,
    Refused,
    issuer,
    make_key,
    sign_credential,
    sign_status_list,
    verify,
)
from tests.tasks.certificates.conftest import facts

if TYPE_CHECKING:
    from pathlib import Path

PAGE = b"%PDF-1.7 a page"


def _now() -> datetime:
    return datetime.now(UTC)


def test_a_credential_is_verified_offline_with_its_page(signer: Issuer) -> None:
    """By the DID document alone; it says the number, the course, the issuer and the moment of issue."""
    found = verify(sign_credential(facts(), signer, PAGE), signer.document(), page=PAGE)

    assert ("LC-2026-000001", "Programming with Python", "LearnCraft") == (found.number, found.course, found.issuer)
    assert facts().issued_at == found.issued_at
    assert (True, False) == (found.page, found.revocation)


def test_a_credential_is_the_same_bytes_each_time(signer: Issuer) -> None:
    """Ed25519 signs without chance, and the moment is that of the issue."""
    assert sign_credential(facts(), signer, PAGE) == sign_credential(facts(), signer, PAGE)


def test_a_credential_names_its_holder_by_a_hash_alone(signer: Issuer) -> None:
    """Neither the name nor the address is in it; the suite and the data model are those of Open Badges 3.0."""
    signed = sign_credential(facts(), signer, PAGE)
    document = json.loads(signed)

    assert b"Ada" not in signed
    assert b"ada@" not in signed
    assert document["credentialSubject"]["identifier"][0]["hashed"] is True
    assert ["VerifiableCredential", "OpenBadgeCredential"] == document["type"]
    assert "eddsa-rdfc-2022" == document["proof"]["cryptosuite"]
    assert "did:web:learn.example" == document["issuer"]["id"]


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Issuer]:
    """A credential for all examples, with who signed it."""
    key = tmp_path_factory.mktemp("keys") / "k.pem"
    make_key(key)
    from bellwork.tasks.certificates.issuer import _keys  # noqa: PLC0415 - without the settings of a test

    one = Issuer("did:web:learn.example", "LearnCraft", "https://learn.example", _keys(key))
    return sign_credential(facts(), one, PAGE), one


@given(place=st.integers(0, 10_000), other=st.integers(1, 255))
def test_a_credential_with_another_byte_is_refused(signed: tuple[bytes, Issuer], place: int, other: int) -> None:
    """Any byte, changed to any other one."""
    credential, one = signed
    altered = bytearray(credential)
    altered[place % len(credential)] ^= other

    with pytest.raises(Refused):
        verify(bytes(altered), one.document())


@pytest.mark.parametrize("change", [b"", b"\n", b" "])
def test_a_credential_that_is_longer_or_shorter_is_refused(signer: Issuer, change: bytes) -> None:
    """Cut at its end, or with white space behind it."""
    credential = sign_credential(facts(), signer, PAGE)

    with pytest.raises(Refused):
        verify(credential + change if change else credential[:-1], signer.document())


@pytest.mark.parametrize("junk", [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"proof": 1}', PAGE])
def test_what_is_no_credential_is_refused(signer: Issuer, junk: bytes) -> None:
    """Empty, of another shape, too deep, or a page."""
    with pytest.raises(Refused, match="no credential"):
        verify(junk, signer.document())


def test_another_page_is_refused(signer: Issuer) -> None:
    """The digest of the page is part of what was signed."""
    credential = sign_credential(facts(), signer, PAGE)

    with pytest.raises(Refused, match="the page is not the one"):
        verify(credential, signer.document(), page=PAGE + b"\n")


def test_the_same_facts_signed_by_another_are_refused(signer: Issuer, tmp_path: Path) -> None:
    """Another key under the same name is in nobody's DID document, and another issuer is another issuer."""
    from bellwork.tasks.certificates.issuer import _keys  # noqa: PLC0415 - a key of nobody's settings

    make_key(tmp_path / "k.pem")
    forger = Issuer(signer.did, signer.name, signer.url, _keys(tmp_path / "k.pem"))
    stranger = Issuer("did:web:other.example", signer.name, "https://other.example", signer.keys)

    with pytest.raises(Refused, match="has no key"):
        verify(sign_credential(facts(), forger, PAGE), signer.document())
    with pytest.raises(Refused, match=r"not by 'did:web:learn\.example'"):
        verify(sign_credential(facts(), stranger, PAGE), signer.document())


def test_what_was_signed_before_a_new_key_stays_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The new key stands first and signs; the older one is in the DID document still."""
    old, new, both = tmp_path / "old.pem", tmp_path / "new.pem", tmp_path / "both.pem"
    make_key(old)
    make_key(new)
    both.write_bytes(new.read_bytes() + old.read_bytes())
    monkeypatch.setenv("CERTIFICATES_PEM", str(old))
    settings.cache_clear()
    before = issuer()
    monkeypatch.setenv("CERTIFICATES_PEM", str(both))
    settings.cache_clear()
    after = issuer()
    assert before is not None
    assert after is not None

    assert before.method != after.method
    for each in (before, after):
        assert facts().number == verify(sign_credential(facts(), each, PAGE), after.document()).number


def test_what_was_revoked_is_refused_by_the_list(signer: Issuer) -> None:
    """The bit of its serial number alone counts, in the list of its number."""
    far = facts(number=3 * BITS + 5)
    credential = sign_credential(far, signer, PAGE)

    free = sign_status_list(signer, ("courses", 3), [4, far.serial + 1], _now())

    assert verify(credential, signer.document(), status_list=free).revocation
    with pytest.raises(Refused, match="revocation"):
        verify(
            credential, signer.document(), status_list=sign_status_list(signer, ("courses", 3), [far.serial], _now())
        )


def test_a_list_that_proves_nothing_is_refused(signer: Issuer, tmp_path: Path) -> None:
    """One of other numbers, one of days ago, one that is signed by another key, and rubbish."""
    from bellwork.tasks.certificates.issuer import _keys  # noqa: PLC0415 - a key of nobody's settings

    make_key(tmp_path / "k.pem")
    forger = Issuer(signer.did, signer.name, signer.url, _keys(tmp_path / "k.pem"))
    credential = sign_credential(facts(), signer, PAGE)
    for proof in (
        sign_status_list(signer, ("courses", 1), [], _now()),
        sign_status_list(signer, ("companion", 0), [], _now()),
        sign_status_list(signer, ("courses", 0), [], _now() - timedelta(days=2)),
        sign_status_list(forger, ("courses", 0), [], _now()),
        b"rubbish",
    ):
        with pytest.raises(Refused):
            verify(credential, signer.document(), status_list=proof)


def test_hostile_titles_are_signed_as_they_are_read(signer: Issuer) -> None:
    """Markup and right-to-left letters are text; what cannot be seen is not there."""
    title = '<script>alert("x")</script> {"@id": "x"} محمد ' + "x" * 200
    credential = sign_credential(facts(course=f"\u202e{title}\u2066"), signer, PAGE)

    assert title == verify(credential, signer.document()).course


def test_keys_that_cannot_sign_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not there, one without a key, and one with a key of another kind; a key is never written over."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - for this test alone
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key  # noqa: PLC0415 - as above

    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "empty.pem").write_bytes(b"")
    (tmp_path / "other.pem").write_bytes(generate_private_key(SECP256R1()).private_bytes(*form))
    for name, said in (("none.pem", "cannot be read"), ("empty.pem", "no private key"), ("other.pem", "not Ed25519")):
        monkeypatch.setenv("CERTIFICATES_PEM", str(tmp_path / name))
        settings.cache_clear()
        with pytest.raises(CertificateError, match=said):
            issuer()
    with pytest.raises(CertificateError, match="File exists"):
        make_key(tmp_path / "empty.pem")


def test_a_key_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Whatever the umask."""
    make_key(tmp_path / "k.pem")

    assert 0o600 == (tmp_path / "k.pem").stat().st_mode & 0o777
