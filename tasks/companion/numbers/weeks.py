"""The letter about the week that is over, for learners and their parents, on their own Monday morning (SC14)."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.companion.nudges.rules import preferences_of, quiet_until
from bellwork.db.companion.numbers.weeks import Week, post_weeks, read_reader, read_weeks, week_of_key
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.vocabulary import Drop, Send, Wait
from bellwork.tasks.companion.numbers.chart import bars
from bellwork.tasks.companion.numbers.elo import RIGHT_FROM
from bellwork.tasks.letters import wake
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter
    from bellwork.db.vocabulary.letter import Verdict

#: Users of one transaction, and seconds after which a run leaves the rest to the next hour.
AT_ONCE, BUDGET = 1_000, 300.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dramatiq.actor(
    actor_name="companion.send_weeks",
    callers="internal",
    queue_name="companion",
    max_retries=3,
    min_backoff=10_000,
    time_limit=600_000,
)
def send_weeks() -> None:
    """Post the letters about the week before to those for whom it is Monday morning; again, it posts none."""
    until, last = monotonic() + BUDGET, None
    while monotonic() < until:
        with transaction() as conn:
            posted = post_weeks(conn, last, AT_ONCE)
            if posted.letters:
                wake(conn)
            reach("week_batch", "companion.send_weeks")
        if posted.last is None:
            return
        last = posted.last


def check_week(conn: Connection, letter: PostedLetter) -> Verdict:
    """Count the week right before its letter goes: for who is there, outside of quiet hours."""
    named = week_of_key(letter.key)
    reader = read_reader(conn, named[0]) if named else None
    if named is None or reader is None:
        return Drop("its reader is gone")
    weeks = read_weeks(conn, *named, RIGHT_FROM)
    if not weeks:
        return Drop("its reader has no learner any more")
    until = quiet_until(reader.now, preferences_of(reader.profile))
    if until > reader.now:
        return Wait(until, "its reader's quiet hours")
    details = {"subject": _subject(reader.role, weeks), "weeks": [_details(each, reader.role) for each in weeks]}
    return Send(to=reader.email, template="week", details=details)


def _subject(role: str, weeks: list[Week]) -> str:
    if role == "student":
        return "Your week with the study companion"
    names = [name for name in (plain(week.name, 60) for week in weeks) if name]
    return f"The week of {' and '.join(names)}" if names else "The week with the study companion"


def _details(week: Week, role: str) -> dict[str, Any]:
    numbers = week.gamification if isinstance(week.gamification, dict) else {}
    return {
        "name": "" if role == "student" else plain(week.name, 60) or "Your child",
        "done": sum(week.items),
        "rights": week.rights,
        "sessions": week.sessions,
        "minutes": week.minutes,
        "days": list(zip(_DAYS, week.items, strict=True)),
        "chart": bars(week.items),
        "streak": _whole(numbers.get("streaks")),
        "level": _whole(numbers.get("level")) or 1,
        "goals": [
            {"title": plain(goal["title"], 100), "percent": f"{goal['percent'] or 0:g}", "reached": goal["reached"]}
            for goal in week.goals
        ],
    }


def _whole(number: object) -> int:
    return number if isinstance(number, int) and not isinstance(number, bool) else 0
