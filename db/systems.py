"""The registry: which systems there are, found by the entry points of what is installed or named in BELLWORK_SYSTEMS.

Everything that is said of all systems (schemas, partitioned tables, rules) is asked here, and by nothing remembered.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, distributions
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bellwork.db.own import OWN
from bellwork.db.setting_rules import SCHEMA_NAME
from bellwork.db.settings import SettingsError, settings
from bellwork.db.trust import look_here
from bellwork.db.vocabulary import PartitionedTable, Pipeline, RetentionRule, System
from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

GROUP = "bellwork.systems"
#: What BELLWORK_SYSTEMS says where no system is wanted but Bellwork's own.
NONE = "none"


class SystemsError(SettingsError):
    """The systems do not go together, or one of them cannot be loaded; the message is one line."""


@lru_cache(maxsize=1)
def systems() -> tuple[System, ...]:
    """Return every system by word, Bellwork's own last; raises SystemsError."""
    others = tuple(_loaded(entry) for entry in _chosen())
    for reason in _objections(others):
        raise SystemsError(reason)
    return (*others, *OWN)


def system(word: str) -> System:
    """Return a system by its word; raises SystemsError, which lists what there is."""
    for each in systems():
        if each.word == word:
            return each
    raise SystemsError(f"there is no system {word!r}; there are {', '.join(each.word for each in systems())}")


@lru_cache(maxsize=1)
def schemas() -> dict[str, str]:
    """Return the schema of each system that can be mapped, by its word."""
    return {each.word: settings().schema_of(each.word) for each in systems() if each not in OWN}


def partitioned() -> tuple[PartitionedTable, ...]:
    """List every table that is partitioned by time."""
    return tuple(table for each in systems() for table in each.partitioned)


@lru_cache(maxsize=1)
def rules() -> dict[str, RetentionRule]:
    """Return the rules of retention of every system, by key."""
    return {rule.key: rule for each in systems() for rule in each.rules}


def pipelines() -> tuple[Pipeline, ...]:
    """List the pipelines of every system."""
    return tuple(pipeline for each in systems() for pipeline in each.pipelines)


@lru_cache(maxsize=1)
def tables() -> tuple[Table, ...]:
    """List the tables of every system, each in the schema of its system's word; loads their models."""
    return tuple(table for each in systems() for table in tables_of(each))


def tables_of(each: System) -> list[Table]:
    """List the tables of one system."""
    if each.tables is None:
        return []
    found = getattr(load(each, each.tables), "metadata", None)
    if found is None:
        raise SystemsError(f"{each.tables!r} of the system {each.word!r} has no `metadata`")
    return [table for table in found.tables.values() if table.schema == each.word]


def load(each: System, module: str) -> ModuleType:
    """Import a module that a system names; raises SystemsError, with the reason, where it cannot be imported."""
    try:
        return import_module(module)
    # A module of a system's author may raise anything.
    except Exception as error:
        raise SystemsError(_cannot(each.word, module, error)) from error


def forget() -> None:
    """Look for systems anew at the next use (tests, changed settings)."""
    for remembered in (systems, schemas, rules, tables):
        remembered.cache_clear()


def _chosen() -> list[EntryPoint]:
    """Return what is to be loaded, by word: all that is installed, or what BELLWORK_SYSTEMS names."""
    asked = settings().systems
    if asked is None:
        return list(_installed().values())
    pairs = [] if asked == NONE else [pair.partition("=") for pair in asked.split(",")]
    chosen = [(word.strip(), module.strip()) for word, _, module in pairs]
    installed = _installed() if any(not module for _, module in chosen) else {}
    if unknown := [word for word, module in chosen if not module and word not in installed]:
        raise SystemsError(
            f"BELLWORK_SYSTEMS names {unknown[0]!r}, which is not installed; installed are {', '.join(installed)},"
            f" and a module with SYSTEM in it is named by {unknown[0]}=its.module"
        )
    return [EntryPoint(word, module, GROUP) if module else installed[word] for word, module in sorted(chosen)]


def _installed() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in _entry_points():
        if entry.value != found.setdefault(entry.name, entry).value:
            raise SystemsError(
                f"two distributions bring a system {entry.name!r}: {_said(found[entry.name])} and {_said(entry)};"
                " uninstall one of them, or name what you want in BELLWORK_SYSTEMS"
            )
    if not found:
        raise SystemsError(
            f"the metadata of what is installed name no system at all (entry points {GROUP!r}), not even Bellwork's"
            " own: they are older than its code; install Bellwork again, as ./run does, or name systems in"
            " BELLWORK_SYSTEMS"
        )
    return dict(sorted(found.items()))


def _entry_points() -> list[EntryPoint]:
    """Read the entry points of the group; of a distribution that lies on the path twice, the first one counts.

    Only what names the group is parsed: importlib's own way reads all of it, and takes twice as long.
    """
    found: dict[str, list[EntryPoint]] = {}
    for each in distributions():
        if f"[{GROUP}]" in (each.read_text("entry_points.txt") or "") and each.name not in found:
            found[each.name] = [entry for entry in each.entry_points if entry.group == GROUP]
    return [entry for listed in found.values() for entry in listed]


def _loaded(entry: EntryPoint) -> System:
    unbelieved = None if entry.dist else look_here()
    try:
        thing: Any = entry.load()
    # As above: it is an author's module.
    except Exception as error:
        raise SystemsError(_cannot(entry.name, entry.value, error, unbelieved)) from error
    found = getattr(thing, "SYSTEM", None) if isinstance(thing, ModuleType) else thing
    if not isinstance(found, System):
        raise SystemsError(f"{_said(entry)} is no System, and no module with one named SYSTEM")
    if found.word != entry.name:
        raise SystemsError(f"{_said(entry)} is the system {found.word!r}, and is named {entry.name!r}: name it so")
    return found


def _cannot(word: str, module: str, error: Exception, more: str | None = None) -> str:
    said = f"the system {word!r} cannot be loaded from {module!r}: {words_of(error)}"
    return f"{said} ({more})" if more else f"{said}; BELLWORK_SYSTEMS chooses which systems are loaded"


def _said(entry: EntryPoint) -> str:
    return f"{entry.value!r} of {entry.dist.name} {entry.dist.version}" if entry.dist else repr(entry.value)


def _objections(others: tuple[System, ...]) -> Iterator[str]:
    """Yield what does not go together; nothing that is wrong with one alone is found before its own words."""
    words = [each.word for each in others]
    for word in words:
        if not SCHEMA_NAME.fullmatch(word) or word in {NONE, *(each.word for each in OWN)}:
            yield f"{word!r} cannot be the word of a system: it names a schema, and is none of Bellwork's words"
        if words.count(word) > 1:
            yield f"BELLWORK_SYSTEMS names {word!r} twice"
    for mapped in settings().schemas.keys() - {*words, *(entry.name for entry in _entry_points())}:
        yield f"BELLWORK_SCHEMAS maps {mapped!r}; the systems are {', '.join(words) or 'none'}"
    taken: dict[str, str] = {}
    for each in others:
        if each.has_ground and (other := taken.setdefault(settings().schema_of(each.word), each.word)) != each.word:
            yield f"the systems {other!r} and {each.word!r} are both in one schema; map one of them by BELLWORK_SCHEMAS"
        yield from _of_tables(each)
        yield from _of_pipelines(each)
        yield from _of_rules(each)


def _of_tables(each: System) -> Iterator[str]:
    for table in each.partitioned:
        if table.system != each.word or not table.table:
            yield f"the system {each.word!r} has a partitioned table {table.name!r}; its name begins with {each.word}."


def _of_pipelines(each: System) -> Iterator[str]:
    names = [pipeline.name for pipeline in each.pipelines]
    for pipeline in each.pipelines:
        if pipeline.system != each.word:
            yield f"the system {each.word!r} has a pipeline {pipeline.name!r}; its name begins with {each.word}."
        if names.count(pipeline.name) > 1:
            yield f"the system {each.word!r} has two pipelines {pipeline.name!r}"


def _of_rules(each: System) -> Iterator[str]:
    rotated = {table.table for table in each.partitioned}
    for number, rule in enumerate(each.rules):
        refused = f"the rule {rule.key!r} is refused: "
        if rule.system != each.word:
            yield f"{refused}it is one of the system {each.word!r}, whose word its key begins with"
        if rule.table in rotated:
            yield f"{refused}{rule.table!r} is partitioned: its old rows leave with their partition"
        if rule.table in each.kept:
            yield f"{refused}{rule.table!r} stays: {each.kept[rule.table]}"
        if rule.key in {other.key for other in each.rules[:number]}:
            yield f"{refused}there are two of that key"
