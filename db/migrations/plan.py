"""A plan says what a migration wants to stand in one system's schema, part by part, in the order of building."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Part:
    """One thing that is to stand, under the name the inventory knows it by, and what a comment on it is put on."""

    kind: str
    name: str
    ddl: str
    place: str

    @property
    def table(self) -> str:
        """The table that this part is or belongs to, where its name tells: 'users' of 'users.deleted_at'."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Table:
    """A table as the document draws it; `late` are the columns that it forgot, which an adopted table is given."""

    columns: Mapping[str, str]
    rules: tuple[str, ...] = ()
    suffix: str = ""
    late: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What one revision builds for one system; `{system}` in its texts is the schema, as SCHEMAS maps it.

    Indexes (one that begins with UNIQUE is a unique one), checks, foreign keys that come after all tables, and triggers
    are listed under their table. `corrected` are the functions and views whose text in the document does not work: one
    that is found is given the plan's.
    """

    system: str
    revision: str
    document: str
    types: Mapping[str, tuple[str, ...]]
    functions: Mapping[str, str]
    tables: Mapping[str, Table]
    indexes: Mapping[str, Mapping[str, str]]
    checks: Mapping[str, Mapping[str, str]]
    triggers: Mapping[str, Mapping[str, str]]
    corrected: frozenset[str] = frozenset()
    foreign_keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    views: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The comment by which the downgrade knows what this revision made."""
        return f"made by bellwork {self.system} {self.revision}"

    @property
    def home(self) -> str:
        """The schema's place in a text."""
        return "{" + self.system + "}"

    def parts(self) -> Iterator[Part]:
        """Yield every part after those it stands on."""
        yield Part("schema", self.system, f"CREATE SCHEMA {self.home}", f"SCHEMA {self.home}")
        for name, labels in self.types.items():
            listed = ", ".join(f"'{label}'" for label in labels)
            ddl = f"CREATE TYPE {self.home}.{name} AS ENUM ({listed})"
            yield Part("type", name, ddl, f"TYPE {self.home}.{name}")
        for name, body in self.functions.items():
            yield Part("function", name, body, f"FUNCTION {self.home}.{name}")
        for name, table in self.tables.items():
            yield from self._table(name, table)
        named = [*self.tables, *self.indexes, *self.checks, *self.foreign_keys, *self.triggers]
        for name in dict.fromkeys(named):
            yield from self._belongings(name)
        for name, body in self.views.items():
            at = f"{self.home}.{name}"
            yield Part("view", name, f"CREATE OR REPLACE VIEW {at} AS {body}", f"VIEW {at}")

    def _table(self, name: str, table: Table) -> Iterator[Part]:
        at = f"{self.home}.{name}"
        lines = [*(f"{column} {kind}" for column, kind in table.columns.items()), *table.rules]
        ddl = f"CREATE TABLE {at} ({', '.join(lines)}) {table.suffix}"
        # A table's own comment belongs to the models, so its mark sits on the primary key.
        yield Part("table", name, ddl, f"CONSTRAINT {name}_pkey ON {at}")
        for column in sorted(table.late):
            ddl = f"ALTER TABLE {at} ADD COLUMN {column} {table.columns[column]}"
            yield Part("column", f"{name}.{column}", ddl, f"COLUMN {at}.{column}")

    def _belongings(self, table: str) -> Iterator[Part]:
        at = f"{self.home}.{table}"
        for name, rest in self.indexes.get(table, {}).items():
            unique, columns = ("UNIQUE ", rest[7:]) if rest.startswith("UNIQUE ") else ("", rest)
            ddl = f"CREATE {unique}INDEX {name} ON {at} {columns}"
            yield Part("index", name, ddl, f"INDEX {self.home}.{name}")
        for name, rule in self.checks.get(table, {}).items():
            ddl = f"ALTER TABLE {at} ADD CONSTRAINT {name} CHECK ({rule})"
            yield Part("check", f"{table}.{name}", ddl, f"CONSTRAINT {name} ON {at}")
        for name, rest in self.foreign_keys.get(table, {}).items():
            ddl = f"ALTER TABLE {at} ADD CONSTRAINT {name} {rest}"
            yield Part("check", f"{table}.{name}", ddl, f"CONSTRAINT {name} ON {at}")
        for name, rest in self.triggers.get(table, {}).items():
            ddl = f"CREATE TRIGGER {name} {rest}"
            yield Part("trigger", f"{table}.{name}", ddl, f"TRIGGER {name} ON {at}")
