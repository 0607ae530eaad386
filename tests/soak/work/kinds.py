"""THE table of what the soak orders: add a line, and it is ordered, broken and checked with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.soak.work import breaking, chain, changing, failing, family, forking, outside, plain, savepoints

if TYPE_CHECKING:
    from dramatiq import Actor

_ONE = ("done",)
_CHILDREN = tuple(f"child {number}" for number in range(family.CHILDREN))


@dataclass(frozen=True)
class Kind:
    """What is ordered: its first job, how often, the effects that it has to leave, and how its last job ends.

    `passes` are the statuses after 'ordered', each with an effect of its name; `besides` are effects without one.
    `later` is the most seconds that the first job may be delayed.
    """

    name: str
    actor: Actor[Any, Any]
    weight: float
    passes: tuple[str, ...] = _ONE
    besides: tuple[str, ...] = ()
    end: str = "done"
    later: float = 0.0


KINDS = (
    Kind("nothing", plain.nothing, 10, passes=()),
    Kind("short nothing", plain.short_nothing, 5, passes=()),
    Kind("effect", plain.effect, 15),
    Kind("short effect", plain.short_effect, 20),
    Kind("delayed", plain.effect, 5, later=3.0),
    Kind("short delayed", plain.short_effect, 5, later=3.0),
    Kind("chain", chain.first, 15, passes=("first", "second", "third")),
    Kind("quick chain", chain.quick_first, 10, passes=("first", "second")),
    Kind("family", family.parent, 5, passes=("parted",), besides=_CHILDREN),
    Kind("flaky", failing.flaky, 5),
    Kind("short flaky", failing.short_flaky, 5),
    Kind("snoozing", failing.snoozing, 4),
    Kind("hopeless", failing.hopeless, 4, passes=("dead",), end="dead"),
    Kind("refused", failing.refused, 4, passes=("dead",), end="dead"),
    Kind("slow", breaking.slow, 1),
    Kind("crashing", breaking.crashing, 0.4),
    Kind("stuck", breaking.stuck, 0.4),
    Kind("savepoint", savepoints.savepoint, 4),
    Kind("short savepoint", savepoints.short_savepoint, 4),
    Kind("caught", savepoints.caught, 2, passes=()),
    Kind("short caught", savepoints.short_caught, 2, passes=()),
    Kind("wordless", failing.wordless, 3),
    Kind("short wordless", failing.short_wordless, 3),
    Kind("exiting", breaking.exiting, 3),
    Kind("forking", forking.forking, 1),
    Kind("changing", changing.changing, 10),
    Kind("letter", outside.letter, 5),
    Kind("loan", outside.loan, 5),
    Kind("nudge", outside.nudge, 3),
    Kind("session", outside.session, 5),
    Kind("answer", outside.answer, 5),
    Kind("lesson", outside.lesson, 3),
    Kind("student", outside.student, 3),
)
