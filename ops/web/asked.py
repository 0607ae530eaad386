"""What pages share: how they read the ledger, and what was asked for in their address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.reading import reading

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection
    from starlette.requests import Request

#: Seconds that PostgreSQL may take for one statement of a page.
PATIENCE = 1.0
#: The last number that an id can be.
LAST_ID = 2**63 - 1


class NotKnown(LookupError):  # noqa: N818 - it is the answer to a question
    """What was asked for is not in the ledger; the text says what is."""


def ledger() -> AbstractContextManager[Connection]:
    """Open a transaction in which a page can change nothing and wait for nothing."""
    return reading(PATIENCE)


def asked(request: Request, name: str, most: int = 200) -> str | None:
    """Return a text of the address's query, without blanks around it; None where there is none, or no usable one."""
    text = request.query_params.get(name, "").strip()[:most]
    return text.replace("\0", "") or None


def asked_id(request: Request, name: str) -> int | None:
    """Return a whole number that an id can be; None for anything else."""
    return whole(request.query_params.get(name, ""))


def whole(text: str) -> int | None:
    """Return a whole number from 1 to the last id; None for anything else, however many digits it has."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0  # noqa: PLR2004 - digits
    return number if 0 < number <= LAST_ID else None
