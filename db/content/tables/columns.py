"""Columns that many tables of the content system share, written once."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Enum, ForeignKey, String, func, text
from sqlalchemy.orm import Mapped, MappedColumn, mapped_column

if TYPE_CHECKING:
    from enum import StrEnum

SCHEMA = "content"
#: Ids carry their kind in front: 'user_…', 'req_…'. Topics are named by hand and take longer ones.
ID = String(50)
TOPIC_ID = String(100)

#: Of a column that operators have no right to read.
SECRET = {"secret": True}


def enum_of(labels: type[StrEnum], name: str) -> Enum:
    """Return the PostgreSQL enum `name`, whose labels are the values of `labels`."""
    return Enum(labels, name=name, schema=SCHEMA, values_callable=lambda kind: [label.value for label in kind])


def refers(table: str, ondelete: str, *, primary_key: bool = False) -> MappedColumn[Any]:
    """Return a column that refers to the id of another table of this system."""
    target = ForeignKey(f"{SCHEMA}.{table}.id", ondelete=ondelete)
    return mapped_column(TOPIC_ID if table == "topics" else ID, target, primary_key=primary_key)


def free_form(name: str = "metadata") -> MappedColumn[Any]:
    """Return a JSONB column, an empty object unless told; `metadata` itself is a name that SQLAlchemy reserves."""
    return mapped_column(name, server_default=text("'{}'"))


class Created:
    """A row knows when it was made."""

    created_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp(), sort_order=901)


class Stamped(Created):
    """A row knows when it was made and, by a trigger of its table, when it was last changed."""

    updated_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp(), sort_order=902)
