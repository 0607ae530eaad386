"""The operator of a command and the reason, as options, for what is recorded of it."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bellwork.db.ledger import ChangedBy

Who = Annotated[str | None, typer.Option("--by", help="Who; the name of your account unless told.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept with the act, see `bellwork acts`.")]


def account() -> str:
    """Return the account's name; a user id without a name (a container) is shown as a number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def changed_by(by: str | None, why: str) -> ChangedBy:
    """Return who acts, the account unless told, and why."""
    from bellwork.db.ledger import ChangedBy  # noqa: PLC0415 - commands that only look do without

    return ChangedBy(by or account(), why)
