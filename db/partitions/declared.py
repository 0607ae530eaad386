"""Every table that is partitioned by time, with its step: what creation, rotation and reports go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from db.settings import settings


@dataclass(frozen=True)
class Partitioned:
    """A table with a partition for each UTC day or month of `column`, and `ahead` more of them made in advance.

    `schema_key` is a system's word, or 'bellwork' for the ledger.
    """

    schema_key: str
    table: str
    column: str
    step: Literal["day", "month"]
    ahead: int

    @property
    def schema(self) -> str:
        """The schema's name in this database, as SCHEMAS maps it."""
        return settings().schema_of(self.schema_key)

    @property
    def qualified(self) -> str:
        """The table's quoted name, with its schema."""
        return f'"{self.schema}"."{self.table}"'


#: Three months of audit trail and two weeks of job history: time enough to see that nobody creates any more.
DECLARED = (
    Partitioned("content", "audit_logs", "created_at", "month", 3),
    Partitioned("bellwork", "finished_jobs", "finished_at", "day", 14),
)
