"""What a system counts of itself, for `bellwork figures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


@dataclass(frozen=True)
class Counted:
    """One table that may be read by `bellwork figures SYSTEM WORD`; `about` says what a row of it is.

    `read` is given a connection, how many days back, and of which part (a school, say; '' is all). It returns rows, the
    newest first, all with the same names; values are texts, numbers, dates, lists of texts, or None.
    """

    word: str
    about: str
    read: Callable[[Connection, int, str], list[dict[str, Any]]]
