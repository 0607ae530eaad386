"""What stands in a schema before a migration touches it, as (kind, name) pairs that a plan's parts are looked up in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_INVENTORY = text("""
WITH relation AS (
    SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = to_regnamespace(:schema)
), kind AS (
    SELECT oid, typname FROM pg_type WHERE typnamespace = to_regnamespace(:schema) AND typtype = 'e'
)
SELECT 'schema', CAST(:system AS text) WHERE to_regnamespace(:schema) IS NOT NULL
UNION ALL SELECT 'type', typname FROM kind
UNION ALL SELECT 'label', typname || '.' || enumlabel FROM kind JOIN pg_enum ON enumtypid = kind.oid
UNION ALL SELECT 'function', proname || '(' || oidvectortypes(proargtypes) || ')'
          FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)
UNION ALL SELECT 'table', relname FROM relation WHERE relkind IN ('r', 'p')
UNION ALL SELECT 'view', relname FROM relation WHERE relkind = 'v'
UNION ALL SELECT 'index', relname FROM relation WHERE relkind IN ('i', 'I')
UNION ALL SELECT 'column', relname || '.' || attname FROM relation JOIN pg_attribute ON attrelid = relation.oid
          WHERE relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'check', relname || '.' || conname FROM relation JOIN pg_constraint ON conrelid = relation.oid
UNION ALL SELECT 'trigger', relname || '.' || tgname FROM relation JOIN pg_trigger ON tgrelid = relation.oid
""")


def inventory(conn: Connection, system: str, schema: str) -> frozenset[tuple[str, str]]:
    """Return everything in the schema; what belongs to a table is named 'table.name', a schema by its system."""
    rows = conn.execute(_INVENTORY, {"system": system, "schema": f'"{schema}"'})
    return frozenset((kind, name) for kind, name in rows)
