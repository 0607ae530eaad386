"""One blow: what was done, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.soak.field import Field


@dataclass(frozen=True)
class Blow:
    """What was done, in words; `heal`, if there is one, is called after `seconds`."""

    words: str
    seconds: float = 0.0
    heal: Callable[[], object] | None = None


#: Strikes, by the dice; None where there was nothing to strike.
Draw: TypeAlias = "Callable[[Field, Random], Blow | None]"
