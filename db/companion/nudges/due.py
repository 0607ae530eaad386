"""Gives nudges: one statement for each type, over a range of learners or one alone, in the caller's transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import text

from bellwork.db.companion.nudges.heads import ACHIEVERS, ARRIVAL, INACTIVE
from bellwork.db.companion.nudges.rules import (
    CAP,
    FEW_SESSIONS,
    INACTIVE_AFTER,
    LAST_HOUR,
    MOST,
    NEWS_FOR,
    SUGGESTIONS,
    UNOPENED_FOR,
)
from bellwork.db.settings import settings
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.companion.nudges.rules import Kind

_GIVE = Path(__file__).with_name("select.sql").read_text(encoding="utf-8")
# However few rows PostgreSQL believes in: a plan that is kept outlives the small table that it was made for.
_BY_INDEX = text("SET LOCAL enable_seqscan = off")
# No range waits for the disk: the next commit that does wait (whoever claims a letter, the end of the job) writes what
# came before it, too, and what a crash of PostgreSQL takes before that, the job's next attempt gives again.
# The plan is made once: it depends on no value, and making it takes as long as 1,000 learners. It knows no LIMIT, and
# whatever it is thought to cost, compiling it costs more.
_RANGE = text("""
SELECT set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('jit', 'off', true), set_config('synchronous_commit', 'off', true)
""")
# Of one row in a hundred: of 1,000,000 learners that takes 10 ms.
_MIDDLE = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM {companion}.users TABLESAMPLE SYSTEM (1)
HAVING count(*) >= 100
"""
_LAST = UUID(int=2**128 - 1)
_RULES = {"cap": CAP, "most": MOST, "last_hour": LAST_HOUR, "unopened_for": UNOPENED_FOR}


class Last(NamedTuple):
    """Up to where a range was looked at: a learner, or a goal that was reached at a moment."""

    id: UUID
    at: datetime | None = None


class Given(NamedTuple):
    """What one statement did: nudges given, letters posted, suppressions recorded.

    `due` counts those that were given or wait for another time.

    `looked_at` learners, or goals, were looked at, up to `last`; None where there was none.
    """

    given: int
    letters: int
    refused: int
    due: int
    looked_at: int
    last: Last | None


class Words(NamedTuple):
    """What nudges say: `reached` with %s for a goal's title, `further` with %s for the names of subjects.

    `inactive` is said after no session, one, two; `offers` are what such a nudge suggests.
    """

    inactive: tuple[str, str, str]
    offers: tuple[str, ...]
    reached: str
    further: str
    arrived: str


class Some(NamedTuple):
    """So many at most, from the first one or after the last one that was looked at; learners only up to `until`."""

    size: int
    after: Last | None = None
    until: UUID | None = None


def nudge_inactive(conn: Connection, who: Some | UUID, words: Words, now: datetime | None = None) -> Given:
    """Nudge those who signed up seven days ago and had fewer than three sessions (inactivity)."""
    asked: dict[str, object] = {"messages": list(words.inactive), "offers": list(words.offers), "few": FEW_SESSIONS}
    return _give(conn, "inactivity", INACTIVE, who, asked | {"inactive_after": INACTIVE_AFTER, "now": now})


def nudge_achievers(conn: Connection, who: Some | UUID, words: Words, now: datetime | None = None) -> Given:
    """Congratulate those who reached a goal within seven days, once for each goal (cross_subject)."""
    asked = {"message": words.reached, "further": words.further, "news_for": NEWS_FOR, "suggestions": SUGGESTIONS}
    return _give(conn, "cross_subject", ACHIEVERS, who, asked | {"now": now})


def nudge_arrival(conn: Connection, who: UUID, words: Words, now: datetime | None = None) -> Given:
    """Greet a learner who logged in (login); the caller knows that nothing else is due."""
    return _give(conn, "login", ARRIVAL, who, {"message": words.arrived, "now": now})


def _give(conn: Connection, kind: Kind, heads: Mapping[str, str], who: Some | UUID, asked: dict[str, object]) -> Given:
    alone = isinstance(who, UUID)
    whom = {"user": who} if isinstance(who, UUID) else _range(who)
    conn.execute(_BY_INDEX if alone else _RANGE)
    statement = sql(heads["one" if alone else "next"] + _GIVE)
    limits = {**_RULES, "per_spell": settings().nudges_per_spell, "type": kind}
    row = conn.execute(statement, {**limits, **asked, **whom}).one()
    last = Last(row.last_id, row.last_at) if row.last_id else None
    return Given(row.given, row.letters, row.refused, row.due, row.number, last)


def _range(some: Some) -> dict[str, object]:
    last = some.after or Last(UUID(int=0))
    return {"after": last.id, "since": last.at, "size": some.size, "until": some.until or _LAST}


def middle_learner(conn: Connection) -> UUID | None:
    """Return an id with about as many learners before as after it; None where they are not worth two ways."""
    found: UUID | None = conn.execute(sql(_MIDDLE)).scalar_one_or_none()
    return found
