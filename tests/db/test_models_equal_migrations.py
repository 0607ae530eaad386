"""The models and the migrations describe the same tables: neither can be changed alone."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bellwork.db.base import metadata
from bellwork.db.engine import engine, transaction
from bellwork.db.migrate import downgrade, upgrade
from bellwork.db.systems import systems, tables
from tests.db.catalog import definitions

#: An index that a migration makes only where the extension `vector` can be had.
NEAR = "idx_content_embeddings_near"
#: What the migrations make and no model describes.
_BESIDE = ("trigger ", "function ", f"index CREATE INDEX {NEAR} ")


@pytest.mark.usefixtures("database")
def test_alembic_finds_nothing_to_migrate() -> None:
    """Tables, columns, types, defaults, indexes and keys of the models are those of the migrated database."""
    tables()
    with engine().connect() as connection:
        options = {
            "include_schemas": True,
            "include_name": _is_ours,
            "include_object": _is_of_a_system,
            "compare_type": True,
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)

        assert [] == compare_metadata(context, metadata)


@pytest.mark.usefixtures("empty_database")
def test_what_the_models_create_is_what_the_migrations_create() -> None:
    """PostgreSQL tells both databases in the same words: columns, constraints, indexes, enums."""
    upgrade()
    with transaction() as conn:
        migrated = {schema: definitions(conn, schema) for schema in _schemas()}
    downgrade("base")
    with transaction() as conn:
        for schema in _schemas():
            conn.execute(text(f"CREATE SCHEMA {schema}"))
        metadata.create_all(conn, tables=list(tables()))
        modelled = {schema: definitions(conn, schema) for schema in _schemas()}

    for schema in _schemas():
        assert modelled[schema] == {line for line in migrated[schema] if not line.startswith(_BESIDE)}, schema


def _schemas() -> list[str]:
    return [each.word for each in systems() if each.tables]


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    if kind == "schema":
        return name in _schemas()
    return kind != "table" or parents["schema_qualified_table_name"] in metadata.tables


def _is_of_a_system(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    return name != NEAR and (thing if kind == "table" else thing.table).schema in _schemas()
