"""Why something of a system is as it is, in words, for `bellwork explain`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


@dataclass(frozen=True)
class Because:
    """One reason, and what mends it; empty where nothing is to be done."""

    said: str
    mend: str = ""


@dataclass(frozen=True)
class Explanation:
    """How something stands, in a sentence, and every reason for it."""

    subject: str
    reasons: tuple[Because, ...]


class CannotExplain(ValueError):  # noqa: N818 - named for what happened
    """What was asked about does not exist, or is not named as it is to be; the message says so in one line."""


@dataclass(frozen=True)
class Explainer:
    """What one may ask by `bellwork explain WORD ID`; `id_` says what an id is, `about` what the answer tells.

    `explain` is given a connection and the id as it was typed; it writes nothing, and raises CannotExplain.
    """

    word: str
    id_: str
    about: str
    explain: Callable[[Connection, str], Explanation]
