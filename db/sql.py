"""SQL texts with the systems' schema names filled in: `{content}` becomes the schema that SCHEMAS maps it to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.systems import schemas

if TYPE_CHECKING:
    from sqlalchemy import TextClause


def sql(statement: str) -> TextClause:
    """Return the statement ready to execute; only the words of systems in braces are replaced."""
    return _filled(statement, tuple(schemas().items()))


@lru_cache(maxsize=512)
def _filled(statement: str, names: tuple[tuple[str, str], ...]) -> TextClause:
    for word, schema in names:
        statement = statement.replace("{" + word + "}", f'"{schema}"')
    return text(statement)
