"""Who signs: a did:web of CERTIFICATES_URL, by the Ed25519 keys of the file CERTIFICATES_PEM; the first of them signs.

Keys that stand behind it signed before: what they signed stays valid, and none of them signs anew.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bellwork.db.private import private
from bellwork.db.settings import settings
from bellwork.tasks.certificates.facts import CertificateError
from bellwork.tasks.providers.extras import extra

_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----\n?", re.DOTALL)


@dataclass(frozen=True)
class Issuer:
    """Who issues: his DID, his name, his address, and his keys as PEM, private and public, the one that signs first."""

    did: str
    name: str
    url: str
    keys: tuple[tuple[bytes, bytes], ...]

    @property
    def private_key(self) -> bytes:
        """The key that signs, as PEM."""
        return self.keys[0][0]

    @property
    def method(self) -> str:
        """The URL of the key that signs, in the DID document."""
        return f"{self.did}#{_fragment(self.keys[0][1])}"

    def document(self) -> dict[str, Any]:
        """Return the DID document: every key, public, by the name it has in what it signed."""
        from openbadgeslib.keys import public_jwk_from_pem  # noqa: PLC0415 - an extra
        from openbadgeslib.ob3 import build_did_document  # noqa: PLC0415 - an extra

        methods = [(_fragment(public), public_jwk_from_pem(public)) for _, public in self.keys]
        return dict(build_did_document(self.did, methods))


def issuer() -> Issuer | None:
    """Return who signs by the settings; None without CERTIFICATES_URL and CERTIFICATES_PEM. Raises CertificateError."""
    chosen = settings()
    if not chosen.certificates_url or not chosen.certificates_pem:
        return None
    with extra("certificates", "a credential"):
        from openbadgeslib.ob3 import did_web_from_url  # noqa: PLC0415 - an extra
    url = chosen.certificates_url.rstrip("/")
    return Issuer(did_web_from_url(url), chosen.certificates_issuer, url, _keys(Path(chosen.certificates_pem)))


def make_key(path: Path) -> None:
    """Write a new key into a file of its own, for its owner alone; raises CertificateError where there is one."""
    with extra("certificates", "a key"):
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with open(path, "xb", opener=private) as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failed:
        raise CertificateError(f"no key can be written to {path}: {failed.strerror}") from failed


def _keys(path: Path) -> tuple[tuple[bytes, bytes], ...]:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - an extra

    wrong = f"CERTIFICATES_PEM names {path}, which"
    try:
        found = _PEM.findall(path.read_bytes())
    except OSError as failed:
        raise CertificateError(f"{wrong} cannot be read: {failed.strerror}") from failed
    if not found:
        raise CertificateError(f"{wrong} holds no private key; `bellwork certificates key FILE` makes one")
    pairs = []
    for pem in found:
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except ValueError as failed:
            raise CertificateError(f"{wrong} holds a key that cannot be read") from failed
        if not isinstance(key, Ed25519PrivateKey):
            raise CertificateError(
                f"{wrong} holds a key that is not Ed25519; `bellwork certificates key FILE` makes one"
            )
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        pairs.append((pem, key.public_key().public_bytes(*form)))
    return tuple(pairs)


def _fragment(public: bytes) -> str:
    from openbadgeslib.ob3 import multikey_from_pem  # noqa: PLC0415 - an extra

    return str(multikey_from_pem(public))
