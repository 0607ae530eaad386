"""Every table hangs on this one metadata, and constraints carry the names PostgreSQL itself would give them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

#: PostgreSQL's own rule for unnamed constraints, so that a database built from the schema documents by hand and one
#: built by our migrations hold the same names. A name that a document gives, of an index or a CHECK, is kept as it is.
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}

metadata = MetaData(naming_convention=NAMES)


class Base(DeclarativeBase):
    """The parent of every model; moments are time zone aware and free-form data is JSONB unless a model says else."""

    metadata = metadata
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, str: Text}  # noqa: RUF012
