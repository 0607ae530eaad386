"""A table that is partitioned by time, with its step: what creation, rotation and reports go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PartitionedTable:
    """A table with a partition for each UTC day, month or year of `column`, and `ahead` more of them made in advance.

    `name` is a system's word and the table's name: 'content.audit_logs'. A partition that ended `keep` steps ago, and
    `grace` days at least, is archived and dropped, or just dropped; `keep` may name a setting, and None keeps
    everything. Archives are ordered by `key`. `person` are the columns with ids of persons, each with the columns that
    say more of that person: where one is erased, they are emptied in the archived rows that name him.
    """

    name: str
    column: str
    step: Literal["day", "month", "year"]
    ahead: int
    keep: int | Literal["history_days"] | None = None
    then: Literal["archive", "drop"] = "archive"
    grace: int = 7
    key: str = "id"
    person: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def system(self) -> str:
        """The word of the system whose table it is; 'bellwork' for the ledger."""
        return self.name.partition(".")[0]

    @property
    def table(self) -> str:
        """The table's own name."""
        return self.name.partition(".")[2]

    @property
    def schema(self) -> str:
        """The schema's name in this database, as SCHEMAS maps it."""
        from bellwork.db.settings import settings  # noqa: PLC0415 - a value loads nothing until it is used

        return settings().schema_of(self.system)

    @property
    def qualified(self) -> str:
        """The table's quoted name, with its schema."""
        return f'"{self.schema}"."{self.table}"'

    @property
    def kept(self) -> int | None:
        """How many steps a partition is kept after its end; None: for ever."""
        from bellwork.db.settings import settings  # noqa: PLC0415 - as above

        return settings().history_days if self.keep == "history_days" else self.keep
