"""Reads the files of what the embedded author knows; a bad entry is named by its file, its place and its field."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Entry = TypeVar("Entry")


class KnowledgeError(ValueError):
    """An entry of a file is not what the model asks for; the message names file, entry and field."""


class _Place(NamedTuple):
    """Where an entry stands, as it is told."""

    file: str
    table: str
    number: int
    entry: Any

    def __str__(self) -> str:
        named = self.entry if isinstance(self.entry, dict) else {}
        name = named.get("name") or (named.get("names") or [""])[0]
        return f"{self.file}, {self.table} {self.number}" + (f" ({name!r})" if name else "")


def load(
    folder: Path,
    table: str,
    model: type[Entry],
    order: Sequence[str] = (),
    check: Callable[[Entry], str] = lambda _: "",
) -> tuple[Entry, ...]:
    """Read every [[table]] of the files in a folder: those of `order` first, then the others by their names.

    `check` says what is wrong with an entry beside its fields, '' where nothing is. Raises KnowledgeError.
    """
    known = {name: place for place, name in enumerate(order)}
    files = sorted(folder.glob("*.toml"), key=lambda file: (known.get(file.stem, len(known)), file.name))
    return tuple(entry for file in files for entry in read(file, table, model, check))


def read(file: Path, table: str, model: type[Entry], check: Callable[[Entry], str] = lambda _: "") -> list[Entry]:
    """Read every [[table]] of one file; raises KnowledgeError."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise KnowledgeError(f"{file.name} is no TOML: {wrong}") from wrong
    if others := found.keys() - {table}:
        raise KnowledgeError(f"{file.name} has {sorted(others)!r}; it holds [[{table}]] and nothing else")
    entries = found.get(table, [])
    if not isinstance(entries, list):
        raise KnowledgeError(f"{file.name}: write [[{table}]] in two brackets, for there may be several")
    adapter = TypeAdapter(model)
    return [
        _read(adapter, _Place(file.name, table, number, entry), check) for number, entry in enumerate(entries, start=1)
    ]


def _read(adapter: TypeAdapter[Entry], place: _Place, check: Callable[[Entry], str]) -> Entry:
    try:
        entry = adapter.validate_python(place.entry)
    except ValidationError as wrong:
        [first, *more] = wrong.errors(include_url=False)
        field = ".".join(map(str, first["loc"])) or "the entry"
        others = f" (and {len(more)} more)" if more else ""
        raise KnowledgeError(f"{place}: {field}: {first['msg']}{others}") from wrong
    if complaint := check(entry):
        raise KnowledgeError(f"{place}: {complaint}")
    return entry
