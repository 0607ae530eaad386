"""E-mail addresses as they are kept: without spaces around, in small letters, a domain of other letters as ASCII.

email-validator decides, and asks no name server. It takes 78 µs for an address, most of it for the domain, and a school
has few of those: so a domain is asked about once, with a plain local part, and a plain local part is known by its form.
"""

from __future__ import annotations

import re

from bellwork.tasks.content.lists.fault import RowRefused

#: RFC 5321, 4.5.3.1, as email-validator reckons: characters of a local part, and of an address.
_LOCAL, _WHOLE = 64, 254
_PLAIN = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*")
_DOMAINS = 10_000


class Addresses:
    """Checks addresses of one file, and remembers what it learnt of their domains."""

    def __init__(self) -> None:
        self._domains: dict[str, str] = {}

    def clean(self, written: str) -> str:
        """Return an address as it is kept; raises RowRefused with the reason, without the address."""
        address = written.strip().lower()
        local, _, domain = address.rpartition("@")
        if len(local) <= _LOCAL and _PLAIN.fullmatch(local):
            known = self._domains.get(domain)
            if known is None:
                known = validated(f"a@{domain}").partition("@")[2]
                if len(self._domains) < _DOMAINS:
                    self._domains[domain] = known
            if len(local) + 1 + len(known) <= _WHOLE:
                return f"{local}@{known}"
        return validated(address)


def validated(address: str) -> str:
    """Return what email-validator makes of an address, in ASCII and small letters; raises RowRefused."""
    # It takes 0.3 s to load, and a worker may never read a list.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    if not address:
        raise RowRefused("there is no e-mail address")
    if len(address) > _WHOLE:
        raise RowRefused(f"the e-mail address is longer than {_WHOLE} characters")
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as refused:
        raise RowRefused(f"no e-mail address: {_without_names(str(refused))}") from None
    return (found.ascii_email or found.normalized).lower()


def _without_names(said: str) -> str:
    """Keep the first sentence of a reason: none of its own quotes more of an address than single characters."""
    return said.partition("\n")[0][:200]
