"""Columns that many tables of the companion system share, written once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import ForeignKey, func, text
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

SCHEMA = "companion"


def refers(table: str, ondelete: str | None = None, *, primary_key: bool = False) -> MappedColumn[Any]:
    """Return a column that refers to the id of another table of this system."""
    return mapped_column(ForeignKey(f"{SCHEMA}.{table}.id", ondelete=ondelete), primary_key=primary_key)


def overridden_by(table: str) -> MappedColumn[Any]:
    """Return the column that names the override of a row; overrides refer back, so the key can be deferred."""
    target = f"{SCHEMA}.overrides.id"
    name = f"{table}_override_id_fkey"
    return mapped_column(ForeignKey(target, ondelete="SET NULL", deferrable=True, name=name, use_alter=True))


class Identified:
    """A row has a random id."""

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid(), sort_order=-1)


class Created:
    """A row knows when it was made."""

    created_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp(), sort_order=901)


class Stamped(Created):
    """A row knows when it was made and, by a trigger of its table, when it was last changed."""

    updated_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp(), sort_order=902)


def no() -> MappedColumn[Any]:
    """Return a column that is false unless told."""
    return mapped_column(server_default=text("false"))
