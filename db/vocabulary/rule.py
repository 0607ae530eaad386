"""A rule of retention says which rows leave when and how; one that could do harm is refused before anything runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

#: The largest batch, in rows, and the greatest age, in days (a hundred years).
LARGEST, OLDEST = 10_000, 36_500
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_KEY = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_ENDS = re.compile(r";|--|/\*")
_ACTIONS = ("clear", "soft delete", "delete")


class RuleError(ValueError):
    """A rule of retention cannot be used; the message names it, says why, and what to do."""


@dataclass(frozen=True)
class RetentionRule:
    """Rows of `table` whose `column` lies `days` back and for which `where` holds (as SQL, of the row `t`) leave.

    `key` begins with the word of the system whose table it is, and is the key of the calendar's entry that sends the
    rule's job, by `cron` (cron(8), UTC); `{word}` in `where` is the system's schema. `clear` sets the columns of
    `clears` to NULL, `soft delete` sets deleted_at, `delete` deletes. With `archive`, a row is touched only after the
    storage holds a file with it that was read back and counted. `batch` is how many rows the first transaction takes;
    the next ones take what fits 100 ms. `by` is the table's primary key, `along` the system's tables whose rows go with
    a row that they refer to (ON DELETE CASCADE): whatever else would go is refused. `person` are the columns with ids
    of persons: where one is erased, his rows leave the archives. Raises RuleError for what is refused whatever else
    there is; `bellwork.db.systems` refuses the rest.
    """

    key: str
    table: str
    column: str
    days: int
    action: Literal["clear", "soft delete", "delete"]
    cron: str
    purpose: str
    where: str = "true"
    clears: tuple[str, ...] = ()
    archive: bool = False
    batch: int = 500
    by: str = "id"
    along: tuple[str, ...] = ()
    person: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for reason in _objections(self):
            raise RuleError(f"the rule {self.key!r} is refused: {reason}")

    @property
    def system(self) -> str:
        """The word of the system whose rows leave."""
        return self.key.partition(".")[0]

    @property
    def qualified(self) -> str:
        """The table's quoted name, with its schema as SCHEMAS maps it."""
        return f'{self._schema}."{self.table}"'

    @property
    def others(self) -> list[str]:
        """The quoted names of the tables in `along`, with their schema."""
        return [f'{self._schema}."{name}"' for name in self.along]

    @property
    def _schema(self) -> str:
        from bellwork.db.settings import settings  # noqa: PLC0415 - a value loads nothing until it is used

        return f'"{settings().schema_of(self.system)}"'

    @property
    def condition(self) -> str:
        """What is true of a row `t` that is due, as SQL."""
        where = self.where.replace("{" + self.system + "}", self._schema)
        parts = [f't."{self.column}" < now() - make_interval(days => {self.days})', f"({where})"]
        if self.action == "soft delete":
            parts.append("t.deleted_at IS NULL")
        return " AND ".join(parts)

    @property
    def said(self) -> str:
        """What happens to a row, for people to read."""
        return f"archive, then {self.action}" if self.archive else self.action


def _objections(rule: RetentionRule) -> list[str]:
    return [reason for is_so, reason in (*_of_names(rule), *_of_action(rule), *_of_numbers(rule)) if is_so]


def _of_names(rule: RetentionRule) -> list[tuple[bool, str]]:
    names = (rule.table, rule.column, rule.by, *rule.clears, *rule.along, *rule.person)
    return [
        (not _KEY.fullmatch(rule.key), "its key must be a system's word and a verb, like 'content.archive_requests'"),
        (not all(map(_NAME.fullmatch, names)), f"{names!r} are to be plain names of a table and columns"),
        (bool(_ENDS.search(rule.where)), f"{rule.where!r} is to be one condition, without ; and comments"),
    ]


def _of_action(rule: RetentionRule) -> list[tuple[bool, str]]:
    clearing = rule.action == "clear"
    return [
        (rule.action not in _ACTIONS, f"there is no action {rule.action!r}; there are {', '.join(_ACTIONS)}"),
        (
            clearing and rule.column not in rule.clears,
            f"it is to clear {rule.column!r} too, or the same rows would be due again for ever",
        ),
        (not clearing and bool(rule.clears), f"columns are cleared by the action 'clear' only, not by {rule.action!r}"),
        (clearing and rule.archive, "rows that stay need no archive"),
    ]


def _of_numbers(rule: RetentionRule) -> list[tuple[bool, str]]:
    least = 0 if rule.action == "clear" else 1
    return [
        (not least <= rule.days <= OLDEST, f"an age of {rule.days!r} days is not from {least} to {OLDEST:,}"),
        (not 1 <= rule.batch <= LARGEST, f"a batch of {rule.batch!r} rows is not from 1 to {LARGEST:,}"),
    ]
