"""THE rules of detection (student_interventions, detection rules): a line each, as SQL over the figures.

Floors come first: quiz failures, low progress and a low quiz average lift the level to where they stand. Then
inactivity and escalated questions raise it by one step each, to high at most. Without a reason nobody is at risk.
"""

from __future__ import annotations

from typing import NamedTuple

from bellwork.db.support.words import Reason, RiskLevel


class Rule(NamedTuple):
    """When a reason is there, the level it lifts to at least (an SQL rank), the steps it adds, and its sentence."""

    reason: Reason
    fires: str
    floor: str
    step: int
    said: str


#: Levels as numbers, so that they can be compared and raised.
RANKS = {level: rank for rank, level in enumerate(RiskLevel, start=1)}

RULES = (
    # 3 of the last 10 attempts failed: medium; 5: high.
    Rule(
        Reason.QUIZ_FAILURES,
        fires="failed >= 3",
        floor="CASE WHEN failed >= 5 THEN 3 ELSE 2 END",
        step=0,
        said="failed || ' of the last ' || attempts || ' quiz attempts failed'",
    ),
    # Below half of what is expected, which is 2 % for a week of enrollment, by whole days: 2 % x days / 7 / 2.
    Rule(
        Reason.LOW_PROGRESS,
        fires="enrolled_at < CAST(:week AS timestamptz) AND completion * 7 < days_enrolled",
        floor="2",
        step=0,
        said="round(completion, 2) || ' % completed, ' || round(2 * days_enrolled / 7, 2) || ' % expected after '"
        " || days_enrolled || ' days'",
    ),
    # The mean of the scores of the last 10 attempts, of those within 30 days, is below 60.
    Rule(
        Reason.LOW_QUIZ_AVERAGE,
        fires="points < 60 * scored",
        floor="2",
        step=0,
        said="'average score ' || round(points / scored, 2) || ' % over ' || scored || ' quiz attempts in 30 days'",
    ),
    # No topic completed for 7 days, counted from the enrollment where there is none since.
    Rule(
        Reason.INACTIVE,
        fires="last_active_at <= CAST(:week AS timestamptz)",
        floor="1",
        step=1,
        said="'no topic completed since ' || to_char(last_active_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"')",
    ),
    # 5 questions within 7 days were handed to a person.
    Rule(
        Reason.AI_ESCALATIONS,
        fires="escalations >= 5",
        floor="1",
        step=1,
        said="escalations || ' questions escalated in 7 days'",
    ),
)


def name_of(rank: str) -> str:
    """Return the SQL of a level's name, given that of its rank."""
    lines = " ".join(f"WHEN {number} THEN '{level}'" for level, number in RANKS.items())
    return f"CASE {rank} {lines} END"


def rank_of(level: str) -> str:
    """Return the SQL of a level's rank, given that of its name."""
    lines = " ".join(f"WHEN '{each}' THEN {number}" for each, number in RANKS.items())
    return f"CASE {level} {lines} END"


_FIRED = ", ".join(f"({each.fires}) IS TRUE AS {each.reason}" for each in RULES)
_ANY = " OR ".join(each.reason for each in RULES)
_REASONS = ", ".join(f"CASE WHEN {each.reason} THEN '{each.reason}' END" for each in RULES)
_FLOORS = ", ".join(f"CASE WHEN {each.reason} THEN {each.floor} ELSE 1 END" for each in RULES)
_STEPS = " + ".join(f"CASE WHEN {each.reason} THEN {each.step} ELSE 0 END" for each in RULES if each.step)
_SAID = ", ".join(f"CASE WHEN {each.reason} THEN {each.said} END" for each in RULES)

#: What the rules say over rows of `figures`: reasons in order, and the level's rank (0 without a reason).
JUDGED = f"""
SELECT f.*, array_remove(ARRAY[{_REASONS}], NULL) AS reasons,
       CASE WHEN {_ANY} THEN least(greatest({_FLOORS}) + {_STEPS}, 3) ELSE 0 END AS rank
FROM (SELECT figures.*, {_FIRED} FROM figures OFFSET 0) AS f OFFSET 0
"""  # noqa: S608 - the rules above
#: The same in words, over such rows.
SAID = f"concat_ws('; ', {_SAID})"
