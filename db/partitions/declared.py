"""Every table that is partitioned by time, with its step: what creation, rotation and reports go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from db.settings import settings


class UnknownTableError(LookupError):
    """A name that is declared nowhere; the message lists those that are."""


@dataclass(frozen=True)
class Partitioned:
    """A table with a partition for each UTC day, month or year of `column`, and `ahead` more of them made in advance.

    `schema_key` is a system's word, or 'bellwork' for the ledger. A partition that ended `keep` steps ago, and `grace`
    days at least, is archived and dropped, or just dropped; `keep` may name a setting, and None keeps everything.
    Archives are ordered by `key`.
    """

    schema_key: str
    table: str
    column: str
    step: Literal["day", "month", "year"]
    ahead: int
    keep: int | Literal["history_days"] | None = None
    then: Literal["archive", "drop"] = "archive"
    grace: int = 7
    key: str = "id"

    @property
    def name(self) -> str:
        """The table as people and the books call it, whatever schema it is in: 'content.audit_logs'."""
        return f"{self.schema_key}.{self.table}"

    @property
    def schema(self) -> str:
        """The schema's name in this database, as SCHEMAS maps it."""
        return settings().schema_of(self.schema_key)

    @property
    def qualified(self) -> str:
        """The table's quoted name, with its schema."""
        return f'"{self.schema}"."{self.table}"'

    @property
    def kept(self) -> int | None:
        """How many steps a partition is kept after its end; None: for ever."""
        return settings().history_days if self.keep == "history_days" else self.keep


#: Three months of audit trail and two weeks of job history ahead: time enough to see that nobody creates any more.
#: The audit trail is kept for seven years (vividly.md, Data Retention), the ticks for one year and the month before.
DECLARED = (
    Partitioned("content", "audit_logs", "created_at", "month", 3, keep=84),
    Partitioned("bellwork", "ticks", "tick", "month", 3, keep=13, then="drop"),
    Partitioned("bellwork", "finished_jobs", "finished_at", "day", 14, keep="history_days", then="drop", grace=1),
)


def declared(name: str) -> Partitioned:
    """Return the declared table of this name; raises UnknownTableError."""
    for table in DECLARED:
        if table.name == name:
            return table
    raise UnknownTableError(f"no table {name!r} is declared; declared are {', '.join(each.name for each in DECLARED)}")
