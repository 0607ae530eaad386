"""Columns that many tables of the courses system share, written once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Numeric, String, func, text
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

SCHEMA = "courses"
TITLE, URL, SHORT = String(255), String(500), String(100)
MONEY, PERCENT = Numeric(10, 2), Numeric(5, 2)
#: Of a column that operators have no right to read.
SECRET = {"secret": True}


def enum_of(labels: type[StrEnum], name: str) -> Enum:
    """Return the PostgreSQL enum `name`, whose labels are the values of `labels`."""
    return Enum(labels, name=name, schema=SCHEMA, values_callable=lambda kind: [label.value for label in kind])


def refers(table: str, ondelete: str | None = None, **options: Any) -> MappedColumn[Any]:
    """Return a column that refers to the id of another table of this system."""
    return mapped_column(ForeignKey(f"{SCHEMA}.{table}.id", ondelete=ondelete), **options)


def number(default: int | str = 0) -> MappedColumn[Any]:
    """Return a column with a number as its default."""
    return mapped_column(server_default=text(str(default)))


def flag(value: bool) -> MappedColumn[Any]:  # noqa: FBT001 - the default is what it is about
    """Return a column that is true, or false, unless told."""
    return mapped_column(server_default=text("true" if value else "false"))


def labels(table: str, column: str, allowed: Iterable[str]) -> CheckConstraint:
    """Return the CHECK that a column of text holds one of these labels."""
    listed = ", ".join(f"'{label}'" for label in allowed)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{table}_{column}_check")


def within(table: str, column: str, low: int, high: int | None = None) -> CheckConstraint:
    """Return the CHECK that a figure lies where it can lie."""
    rule = f"{column} >= {low}" if high is None else f"{column} BETWEEN {low} AND {high}"
    return CheckConstraint(rule, name=f"{table}_{column}_check")


class Identified:
    """A row has a random id."""

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid(), sort_order=-1)


class Created:
    """A row knows when it was made."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=901)


class Stamped(Created):
    """A row knows when it was made and when it was last changed, as who changes it says: there is no trigger."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=902)
