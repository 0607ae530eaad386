"""A system: its tables by time and its rules as values, what is of upper floors by the names of modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellwork.db.vocabulary.pipeline import Pipeline
    from bellwork.db.vocabulary.rule import RetentionRule
    from bellwork.db.vocabulary.table import PartitionedTable


@dataclass(frozen=True)
class System:
    """Everything that Bellwork is told of a system; all but `word` may be left out.

    `word` is the name of its PostgreSQL schema (unless SCHEMAS maps it), stands for that schema in `{word}` of an SQL
    text, and begins the keys of its rules and entries, the names of its partitioned tables and of its actors.

    tables       module whose `metadata` holds its tables, in the schema `word`
    versions     folder of its migrations, as a package: 0001_what.py, 0002_…, in one line
    partitioned  its tables by time                    rules    which of its rows leave when
    kept         tables no rule may take rows of, each with the reason
    functions    its SQL functions that API layers and workers may call, and nobody else
    views        its views that API layers, workers and operators may read
    pipelines    its tables whose rows have a status, and the jobs that take them on
    work         package whose modules, all of them, declare its actors
    aside        packages of its work without actors, which are loaded only by what needs them
    entries      module with `ENTRIES`, a tuple of CalendarEntry
    departures   module with `DEPARTURES`: what leaves otherwise than by a rule of rows
    figures      module with `COUNTED`, a tuple of Counted: what `bellwork figures` shows of it
    explains     module with `EXPLAINERS`, a tuple of Explainer: what `bellwork explain` may be asked about
    concerns     module with `concerns(conn)`, which returns what of its rows calls for people (Concern), for
                 `bellwork status`; asked each ten seconds, so it costs little
    erase        module that says what the system knows a person by, and erases him (docs/erase.md)
    letters      module or package that is asked before a letter of its own is sent (docs/letters.md)
    certificates module with `find(conn, number)`, which returns what strangers are shown of a certificate (Shown), and
                 `revoked_serials(conn, first, last)` (tasks/certificates); for `bellwork certificates` also
                 `revoke(conn, number, by)`, which says whether one was, and `issue_again(conn, number, by)`, which
                 returns the number of the issue and its job; None where it cannot be
    searches     module with `search(text, most)`, which returns what is nearest to a text (Found)
    lists        module that takes in files of people: `hand_in(conn, file, **asked)` returns an upload's id,
                 `look(conn, id)` how it stands, `cancel(conn, id)` and `undo(conn, id)` whether that changed anything
    scenes       module with `SCENES`, a tuple of classes, each of which makes a Scene for the demo
    samples      module with `sample`, which fills empty tables: given a connection and options by their names (whole
                 numbers and texts, each with a default) it returns how many rows of which table; raises SampleError

    A module that is named here is loaded by the floor that needs it, and by no other.
    """

    word: str
    tables: str | None = None
    versions: str | None = None
    partitioned: tuple[PartitionedTable, ...] = ()
    rules: tuple[RetentionRule, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    functions: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    pipelines: tuple[Pipeline, ...] = ()
    work: str | None = None
    aside: tuple[str, ...] = ()
    entries: str | None = None
    departures: str | None = None
    explains: str | None = None
    concerns: str | None = None
    figures: str | None = None
    certificates: str | None = None
    lists: str | None = None
    scenes: str | None = None
    searches: str | None = None
    samples: str | None = None
    letters: str | None = None
    erase: str | None = None

    @property
    def has_ground(self) -> bool:
        """Tell whether anything of it stands in a schema."""
        return bool(self.tables or self.versions or self.partitioned or self.rules)
