"""What stands in a schema, as lines that can be compared: the same lines, the same schema."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HERE = Path(__file__).parent
_DEFINITIONS = text(r"""
WITH relation AS (
    SELECT oid, relname, relkind FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND NOT relispartition
)
SELECT 'type ' || typname || ' (' || string_agg(enumlabel, ', ' ORDER BY enumsortorder) || ')'
FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid WHERE typnamespace = to_regnamespace(:schema) GROUP BY typname
UNION ALL
SELECT 'table ' || relname || CASE relkind WHEN 'p' THEN ' ' || pg_get_partkeydef(oid) ELSE '' END
FROM relation WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
       || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' ' || pg_get_expr(adbin, adrelid), '')
FROM relation JOIN pg_attribute ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'constraint ' || relname || '.' || conname || ' ' || pg_get_constraintdef(pg_constraint.oid)
FROM relation JOIN pg_constraint ON conrelid = relation.oid WHERE contype <> 'n'
UNION ALL
SELECT 'index ' || pg_get_indexdef(oid) FROM relation WHERE relkind IN ('i', 'I')
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(pg_trigger.oid)
FROM relation JOIN pg_trigger ON tgrelid = relation.oid WHERE NOT tgisinternal
UNION ALL
SELECT 'function ' || proname || '(' || oidvectortypes(proargtypes) || ') '
       || md5(regexp_replace(prosrc, '\s+', '', 'g'))
FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
""")
_TABLES = text("SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r'")


def definitions(conn: Connection, schema: str) -> set[str]:
    """Describe everything in a schema, partitions and what extensions bring left out, without the schema's own name."""
    conn.execute(text("SET LOCAL search_path = pg_catalog"))
    lines = conn.execute(_DEFINITIONS, {"schema": schema}).scalars().all()
    return {re.sub(rf"\b{schema}\.", "", line).replace(" ON ONLY ", " ON ") for line in lines}


def rows(conn: Connection, schema: str) -> dict[str, list[dict[str, Any]]]:
    """Read every row of every table of a schema, as JSON."""
    tables = conn.execute(_TABLES, {"schema": schema}).scalars().all()
    return {table: _rows(conn, f'"{schema}"."{table}"') for table in tables}


def run_script(conn: Connection, name: str, schema: str) -> None:
    """Run one of the SQL files beside this module with `schema` as the place of its tables."""
    conn.execute(text(f'SET LOCAL search_path = "{schema}"'))
    psycopg_of(conn).execute((_HERE / name).read_bytes())


def _rows(conn: Connection, table: str) -> list[dict[str, Any]]:
    statement = f"SELECT to_jsonb(t) FROM {table} t ORDER BY 1"  # noqa: S608 - the name is the catalogue's
    return list(conn.execute(text(statement)).scalars())
