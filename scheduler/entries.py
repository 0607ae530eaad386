"""What recurs, of every system: the entries that it names, and one for each of its rules of retention.

Each nominal time of an entry gives one job or a row that says why not, however many schedulers run; README.md says
what the words for missed ticks, overlap and clock changes mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bellwork.db.systems import SystemsError, load, systems
from bellwork.db.vocabulary import CalendarEntry

if TYPE_CHECKING:
    from bellwork.db.vocabulary import RetentionRule, System

#: What a scheduler loads: the entries of each system, by its word. Entries of other systems are not its business.
Tables = Mapping[str, Sequence[CalendarEntry]]
#: The actor that sweeps by any rule.
SWEEP = "upkeep.sweep"


def calendar() -> Tables:
    """Return the tables of all systems that are loaded here, those that are empty, too; raises SystemsError."""
    return {each.word: (*_named(each), *map(_of_rule, each.rules)) for each in systems()}


def _named(each: System) -> Sequence[CalendarEntry]:
    if each.entries is None:
        return ()
    found = getattr(load(each, each.entries), "ENTRIES", None)
    if not isinstance(found, tuple | list) or not all(isinstance(entry, CalendarEntry) for entry in found):
        raise SystemsError(f"{each.entries!r} of the system {each.word!r} has no ENTRIES, a tuple of CalendarEntry")
    return found


def _of_rule(rule: RetentionRule) -> CalendarEntry:
    return CalendarEntry(rule.key, rule.cron, SWEEP, rule.purpose, args={"rule": rule.key}, careful=True)
