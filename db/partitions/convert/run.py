"""Carries out the steps that are not done yet; run again after whatever cut it off, it goes on from there."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

from psycopg.errors import CheckViolation, NotNullViolation

from bellwork.db.failpoints import reach
from bellwork.db.partitions.convert.obstacles import obstacles
from bellwork.db.partitions.convert.progress import bound_of, key_of, read_progress
from bellwork.db.partitions.convert.session import Patience, own_session
from bellwork.db.partitions.convert.steps import STEPS, Work
from bellwork.db.wording import message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from bellwork.db.partitions.convert.progress import Progress
    from bellwork.db.partitions.convert.session import Session
    from bellwork.db.partitions.convert.steps import Step
    from bellwork.db.vocabulary import PartitionedTable

USUAL = Patience()
#: With the table's name, the number that two conversions of it have in common.
_LOCK = int.from_bytes(b"bell") << 32
_OF_A_PLAIN_TABLE = {"bound", "validate", "require", "index", "swap"}


class NotConvertibleError(Exception):
    """Something is in the way that has to be cleared away first; nothing was changed."""


@dataclass(frozen=True)
class Examined:
    """A table as it stands, what of a conversion is left to do, and what is in the way."""

    progress: Progress
    steps: list[Step]
    obstacles: list[str]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        steps = [{"name": step.name, "purpose": step.purpose} for step in self.steps]
        return {"standing": asdict(self.progress), "steps": steps, "obstacles": self.obstacles}


@dataclass
class Converted:
    """What a run did: seconds of each step, in their order; none where there was nothing left to do."""

    seconds: dict[str, float] = field(default_factory=dict)


def examine(table: PartitionedTable) -> Examined:
    """Look at what a conversion would do; nothing is changed or locked.

    Raises what `convert` raises, except for what is in the way.
    """
    with _session(table) as session:
        found = read_progress(session, table)
        in_the_way = obstacles(session, table) if found.kind == "plain" else []
    return Examined(found, [step for step in _left(found) if not step.is_done(found)], in_the_way)


def convert(
    table: PartitionedTable,
    patience: Patience = USUAL,
    say: Callable[[Step], None] = lambda _: None,
    begun: Callable[[], None] = lambda: None,
) -> Converted:
    """Make a plain table a partitioned one, online: its rows stay where they are, as one partition up to a boundary.

    Readers and writers go on; where they have to stand aside it is for a moment, asked for again and again as
    `patience` says. `begun` is called before the first step, and not where nothing is left to do; `say` hears of each
    step as it begins. Safe to cut off anywhere and to repeat: a table that is
    partitioned already is given what it may lack. Raises NotConvertibleError with all that is in the way, BlockedError
    or StillBusyError where a lock was not to be had in time, SettingsError behind a pooler in transaction mode.
    """
    done = Converted()
    with _session(table) as session:
        _require_convertible(session, table)
        for step in _left(read_progress(session, table)):
            found = read_progress(session, table)
            if not step.is_done(found):
                if not done.seconds:
                    begun()
                say(step)
                done.seconds[step.name] = _carry_out(step, Work(session, table, found, patience))
    return done


def abandon(table: PartitionedTable, patience: Patience = USUAL, begun: Callable[[], None] = lambda: None) -> bool:
    """Take back a conversion that has not come to its swap; False where there was none, and `begun` is not called.

    What stays is that every row has a moment. Raises what `convert` raises.
    """
    with _session(table) as session:
        found = read_progress(session, table)
        if found.kind != "plain" or (found.ends is None and found.index == "absent"):
            return False
        begun()
        work = Work(session, table, found, patience)
        work.briefly(f'ALTER TABLE {table.qualified} DROP CONSTRAINT IF EXISTS "{bound_of(table)}"')
        work.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {key_of(table, qualified=True)}")
    return True


def _session(table: PartitionedTable) -> AbstractContextManager[Session]:
    return own_session(_LOCK | crc32(table.qualified.encode()), table.qualified)


def _left(found: Progress) -> Iterable[Step]:
    """Return the steps that concern a table of this kind."""
    return STEPS if found.kind == "plain" else [step for step in STEPS if step.name not in _OF_A_PLAIN_TABLE]


def _require_convertible(session: Session, table: PartitionedTable) -> None:
    kind = read_progress(session, table).kind
    if kind == "missing":
        raise NotConvertibleError(f"there is no table {table.qualified}; `bellwork migrate` makes it, partitioned")
    if kind == "plain" and (found := obstacles(session, table)):
        raise NotConvertibleError(f"{table.qualified} cannot be converted yet: {'. '.join(found)}")


def _carry_out(step: Step, work: Work) -> float:
    began = time.monotonic()
    reach("before_convert", step.name)
    try:
        step.do(work)
    except (CheckViolation, NotNullViolation) as error:
        said = f"{work.table.qualified} holds a row that no partition can: {message_of(error)}"
        raise NotConvertibleError(said) from error
    reach("after_convert", step.name)
    return time.monotonic() - began
