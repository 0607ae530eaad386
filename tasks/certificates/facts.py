"""What a certificate says, and where it can be looked up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from bellwork.db.settings import settings

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

#: Where the web process answers strangers, below CERTIFICATES_URL: about a number, who signs, what was revoked.
VERIFY, DID, LISTS = "/verify", "/.well-known/did.json", "/certificates/status"
PUBLIC = (f"{VERIFY}/", DID, f"{LISTS}/")


class CertificateError(ValueError):
    """A certificate cannot be made as it was asked for; the message says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """One issue of a certificate; a later issue has the same `number` and its own `issued_at` (UTC).

    `system` is the word of the system that issues it, `serial` its place in that system's lists of what was revoked: a
    later issue has another one. `id` and `email` are of the credential alone, which has the address as a hash, salted
    with the id.
    """

    system: str
    id: UUID
    number: str
    serial: int
    holder: str
    email: str
    course_id: UUID
    course: str
    issued_at: datetime

    @property
    def date(self) -> str:
        """The day of issue, as the page has it."""
        return f"{self.issued_at.day} {self.issued_at:%B %Y}"


def verification_url(number: str) -> str | None:
    """Return the address at which a certificate of ours can be looked up; None where CERTIFICATES_URL is unset."""
    base = settings().certificates_url
    return f"{base.rstrip('/')}{VERIFY}/{number}" if base else None


def credential_name(page: str) -> str:
    """Name the credential that belongs to a page: it lies beside it, with another ending."""
    return str(PurePath(page).with_suffix(".json"))
