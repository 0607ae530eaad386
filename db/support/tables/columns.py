"""Columns that many tables of the support system share, written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Text, text
from sqlalchemy.orm import MappedColumn, mapped_column

if TYPE_CHECKING:
    from enum import StrEnum

SCHEMA = "support"
TEXTS: ARRAY[str] = ARRAY(Text)
#: Ids of callers are compared byte by byte, whatever the database's language.
SOURCE = Text(collation="C")


def numbered() -> MappedColumn[Any]:
    """Return the id of a table of our own: a number that PostgreSQL gives."""
    return mapped_column(BigInteger, Identity(always=True), primary_key=True)


def refers(table: str, ondelete: str | None = None, **options: Any) -> MappedColumn[Any]:
    """Return a column that refers to the id of another table of this system."""
    return mapped_column(ForeignKey(f"{SCHEMA}.{table}.id", ondelete=ondelete), **options)


def count() -> MappedColumn[Any]:
    """Return a column with a number of things, none unless told."""
    return mapped_column(server_default=text("0"))


def labels(table: str, column: str, labels: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that a column holds one of these labels, which are stored as text."""
    listed = ", ".join(f"'{label}'" for label in labels)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{table}_{column}_check")


def rule(table: str, name: str, condition: str) -> CheckConstraint:
    """Return a CHECK by the name that it has in the plan."""
    return CheckConstraint(condition, name=f"{table}_{name}_check")
