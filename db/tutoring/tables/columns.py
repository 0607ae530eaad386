"""Columns that many tables of the tutoring system share, written once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Float, ForeignKey, Identity, String, func
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

if TYPE_CHECKING:
    from enum import StrEnum

SCHEMA = "tutoring"
ID = String(50)
#: The document's FLOAT and VARCHAR[].
FLOAT = Float(53)
TEXTS: ARRAY[str] = ARRAY(String)


def numbered() -> MappedColumn[Any]:
    """Return the id of a table of our own: a number that PostgreSQL gives."""
    return mapped_column(BigInteger, Identity(always=True), primary_key=True)


def refers(table: str, column: str, **options: Any) -> MappedColumn[Any]:
    """Return a column that refers to the key of another table of this system and goes with its row."""
    return mapped_column(ID, ForeignKey(f"{SCHEMA}.{table}.{column}", ondelete="CASCADE"), **options)


def labels(table: str, column: str, labels: type[StrEnum]) -> CheckConstraint:
    """Return the CHECK that a column holds one of the document's labels, which are stored as text."""
    listed = ", ".join(f"'{label}'" for label in labels)
    quoted = '"window"' if column == "window" else column
    return CheckConstraint(f"{quoted} IN ({listed})", name=f"{table}_{column}_check")


def within(table: str, column: str, low: int, high: int | None = None) -> CheckConstraint:
    """Return the CHECK that a figure lies where it can lie."""
    rule = f"{column} >= {low}" if high is None else f"{column} BETWEEN {low} AND {high}"
    return CheckConstraint(rule, name=f"{table}_{column}_check")


class Created:
    """A row knows when it was made."""

    created_at: Mapped[datetime | None] = mapped_column(server_default=func.now(), sort_order=901)


class Stamped(Created):
    """A row knows when it was made and last written."""

    updated_at: Mapped[datetime | None] = mapped_column(server_default=func.now(), sort_order=902)
