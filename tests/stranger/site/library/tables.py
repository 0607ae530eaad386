"""Books, loans and visits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text, func, text

metadata = MetaData(schema="library")

books = Table("books", metadata, Column("id", Text, primary_key=True), Column("title", Text, nullable=False))
loans = Table(
    "loans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("book_id", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="asked"),
    Column("asked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_at", DateTime(timezone=True)),
    Column("returned_at", DateTime(timezone=True)),
)
Index("loans_open", loans.c.status, loans.c.asked_at, postgresql_where=text("status NOT IN ('noted', 'returned')"))
visits = Table(
    "visits",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("came_at", DateTime(timezone=True), primary_key=True),
    Column("reader", Text, info={"secret": True}),
    postgresql_partition_by="RANGE (came_at)",
)
