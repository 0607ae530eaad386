"""The steps of a conversion: each knows from the catalogue whether it is done, and may be cut off anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.partitions.ahead import create_ahead
from bellwork.db.partitions.convert.progress import END, Progress, bound_of, key_of
from bellwork.db.partitions.convert.session import ask, briefly
from bellwork.db.partitions.convert.swap import swap
from bellwork.db.partitions.locks import in_brief_locks

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.partitions.convert.session import Patience, Session
    from bellwork.db.vocabulary import PartitionedTable

#: With less time left until the boundary a conversion that was left lying begins anew: writers may not run into it.
_TIME_LEFT = 7 * 86_400
_BOUND = f"""
SELECT format('ADD CONSTRAINT %%I CHECK (%%I IS NOT NULL AND %%I < %%L) NOT VALID', %(bound)s::text, %(column)s::text,
              %(column)s::text, to_char({END}, 'YYYY-MM-DD HH24:MI:SS+00')) AS rule
"""


@dataclass(frozen=True)
class Work:
    """What a step needs: the session, the table, how it stands, and how long locks may be tried for."""

    session: Session
    table: PartitionedTable
    found: Progress
    patience: Patience

    def execute(self, statement: str) -> None:
        """Carry out a statement that may take as long as it takes."""
        self.session.execute(statement.encode())

    def briefly(self, *statements: str) -> None:
        """Carry out statements under a lock that no session waits behind for long."""
        briefly(self.session, self.table.qualified, self.patience, lambda: self.execute(";".join(statements)))


@dataclass(frozen=True)
class Step:
    """A step, what it is for in a few words, whether it is done, and how it is done."""

    name: str
    purpose: str
    is_done: Callable[[Progress], bool]
    do: Callable[[Work], None]


def bound(work: Work) -> None:
    """Promise where the rows end, for what is written from now on; a promise that comes too near is made anew."""
    alter = f"ALTER TABLE {work.table.qualified} "
    [row] = ask(work.session, _BOUND.format(step=work.table.step), bound=bound_of(work.table), column=work.table.column)
    stale = [f'{alter}DROP CONSTRAINT "{bound_of(work.table)}"'] if work.found.ends else []
    work.briefly(*stale, alter + row.rule)


def validate(work: Work) -> None:
    """Read all rows once and see that the promise holds for them, too; writers go on."""
    work.execute(f'ALTER TABLE {work.table.qualified} VALIDATE CONSTRAINT "{bound_of(work.table)}"')


def require(work: Work) -> None:
    """Have no row without a moment, which the promise has proven."""
    work.briefly(f'ALTER TABLE {work.table.qualified} ALTER "{work.table.column}" SET NOT NULL')


def index(work: Work) -> None:
    """Build the index of the primary key to come while writers go on; one whose making was cut off goes first."""
    if work.found.index == "broken":
        work.execute(f"DROP INDEX CONCURRENTLY {key_of(work.table, qualified=True)}")
    columns = f'({work.found.id}, "{work.table.column}")'
    work.execute(f'CREATE UNIQUE INDEX CONCURRENTLY "{key_of(work.table)}" ON {work.table.qualified} {columns}')


def exchange(work: Work) -> None:
    """Let the partitioned table step in, with the old one as its first partition."""
    if (ends := work.found.ends) is None:
        raise RuntimeError(f"{work.table.qualified} has no boundary; the step `bound` makes it and comes first")
    briefly(work.session, work.table.qualified, work.patience, lambda: swap(work.session, work.table, ends))


def ahead(work: Work) -> None:
    """Create the partitions that come after; raises StillBusyError where that could not be done for a minute."""
    in_brief_locks(lambda conn: create_ahead(conn, work.table), f"making partitions of {work.table.name}")


def analyze(work: Work) -> None:
    """Give the planner its statistics of the whole, which nothing takes of a partitioned table by itself."""
    work.execute(f"ANALYZE {work.table.qualified}")


STEPS = (
    Step("bound", "promise where the old rows end", lambda found: found.seconds_left >= _TIME_LEFT, bound),
    Step("validate", "see that they do", lambda found: found.validated, validate),
    Step("require", "have a moment in every row", lambda found: found.not_null, require),
    Step("index", "build the new primary key's index", lambda found: found.index == "whole", index),
    Step("swap", "let the partitioned table step in", lambda found: found.kind == "partitioned", exchange),
    Step("ahead", "create the partitions to come", lambda _: False, ahead),
    Step("analyze", "take statistics of the whole", lambda _: False, analyze),
)
