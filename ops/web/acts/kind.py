"""What an act is: what it would do, shown before it is done, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.ops.web.access import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy

    #: What stands in the address of an act: what it is about.
    Asked = dict[str, str]
    Form = dict[str, str]


class NotPossible(RuntimeError):  # noqa: N818 - the word says what it is
    """What was asked for cannot be done as things stand; the message says why."""


class Choice(NamedTuple):
    """A field of the form beside the reason: what it is called, and what may be chosen; free text without choices."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    given: str = ""


@dataclass(frozen=True)
class Preview:
    """What an act would do, to how many and which for instance, what it leaves alone, and the same as a command.

    With `is_more` there are more than `count`.
    """

    said: str
    command: str
    leaves: str = ""
    count: int = 1
    is_more: bool = False
    samples: tuple[dict[str, Any], ...] = ()
    choices: tuple[Choice, ...] = ()
    undo: str = ""
    back: str = "/"


@dataclass(frozen=True)
class Done:
    """What was done; `undo` is the address of the act that undoes it, `shown` what it was done to see."""

    said: str
    undo: str | None = None
    back: str = "/"
    shown: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Act:
    """A verb of a page: both are given what stands in the address, and `do` the form and who acts why, too."""

    title: str
    preview: Callable[[Connection, Asked], Preview]
    do: Callable[[Asked, Form, ChangedBy], Done]
    role: Role = Role.OPERATOR
    is_harm: bool = False
