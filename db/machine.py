"""A state machine is data: its states, and for each the states that may follow; code that moves a row asks it first."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

State = TypeVar("State", bound=StrEnum)


class IllegalMove(ValueError):  # noqa: N818 - the word says what happened
    """A row was asked to go where its machine does not let it go."""


@dataclass(frozen=True)
class Machine(Generic[State]):
    """The legal moves of the rows of one table: every state is a key of `moves`, a final one with nothing to follow."""

    table: str
    moves: Mapping[State, frozenset[State]]

    def __post_init__(self) -> None:
        """Refuse a table of moves that leads to a state without a line of its own."""
        lost = {to for targets in self.moves.values() for to in targets} - self.moves.keys()
        if lost:
            raise ValueError(
                f"the machine of {self.table} leads to {_listed(lost)}, which it has no line for; add the line"
            )

    @property
    def states(self) -> tuple[State, ...]:
        """Every state, in the order in which the machine tells them."""
        return tuple(self.moves)

    @property
    def terminal(self) -> frozenset[State]:
        """The states nothing follows."""
        return frozenset(state for state, targets in self.moves.items() if not targets)

    def allows(self, from_: str, to: str) -> bool:
        """Tell whether a row may go from the one state to the other; a state does not follow itself."""
        return self._known(to) in self.moves[self._known(from_)]

    def sources(self, to: str) -> frozenset[State]:
        """Return the states from which `to` may be reached: what an UPDATE compares the row's state with."""
        target = self._known(to)
        return frozenset(state for state, targets in self.moves.items() if target in targets)

    def check(self, from_: str, to: str) -> None:
        """Raise IllegalMove, saying where the row could have gone instead, unless the move is legal."""
        if not self.allows(from_, to):
            open_ = self.moves[self._known(from_)]
            hint = f"from there it may go to {_listed(open_)}" if open_ else f"{str(from_)!r} is final"
            raise IllegalMove(f"{self.table} cannot go from {str(from_)!r} to {str(to)!r}; {hint}")

    def _known(self, state: str) -> State:
        for known in self.moves:
            if known == state:
                return known
        raise IllegalMove(f"{self.table} knows no {str(state)!r}; it knows {_listed(self.moves)}")


def _listed(states: Iterable[StrEnum]) -> str:
    return ", ".join(sorted(repr(str(state)) for state in states))
