"""SQL texts with the systems' schema names filled in: `{content}` becomes the schema that SCHEMAS maps it to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import text

from db.settings import SYSTEMS, settings

if TYPE_CHECKING:
    from sqlalchemy import TextClause


def sql(statement: str) -> TextClause:
    """Return the statement ready to execute; only the names of systems in braces are replaced."""
    return _filled(statement, tuple(settings().schema_of(name) for name in SYSTEMS))


@lru_cache(maxsize=512)
def _filled(statement: str, schemas: tuple[str, ...]) -> TextClause:
    for system, schema in zip(SYSTEMS, schemas, strict=True):
        statement = statement.replace("{" + system + "}", f'"{schema}"')
    return text(statement)
