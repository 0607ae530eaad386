"""Rows that leave the database as Parquet files in the storage, and can be counted, compared and put back.

parquet   writes rows as a file, and reads it back     digest   what makes two tables of rows the same
without   rewrites archives without a person
"""

from __future__ import annotations

from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.archive.parquet import ReadBack, Written, read_back, write_parquet

__all__ = ["ArchiveError", "ReadBack", "Written", "read_back", "write_parquet"]
