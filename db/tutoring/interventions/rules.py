"""THE table of the twelve rules by which a tutor gets an intervention: when, how urgent, due in how many days, by whom.

The rules are tutormax's (intervention rules 1 to 12, on the row of 30 days; a drop is 30 days minus 7 days); the week
that coaching and improvement plans wait for is its PRD's. To add a rule, add a line: `fires` and `says` are SQL over
the facts `f` (facts.py lists them); a fact that is not known fires nothing. Earlier lines come first where not all may
fire.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Completed sessions that the window must hold before anything fires.
LEAST_SESSIONS = 3
#: Days in which no second intervention of the same type begins, whatever became of the first.
COOLDOWN = 7
#: Interventions that one evaluation of a tutor may begin.
MOST_AT_ONCE = 5
#: Days on each of which the last prediction must have been above a rule's `lasting`.
LASTING_DAYS = 7
#: Who looks after an intervention: a role, or nobody, for it carries itself out.
MANAGER, COACH, MENTORS, AUTOMATIC = "tutor_manager", "tutor_coach", "peer_mentor_coordinator", "automatic"


@dataclass(frozen=True)
class Rule:
    """One rule: `fires` and `says` are SQL over a tutor's facts `f`, a condition and a sentence with its figures.

    `lasting` is the score that each day of the last week must have been above; None where no week is waited for.
    """

    number: int
    type: str
    priority: str
    fires: str
    says: str
    due_days: int
    who: str
    lasting: int | None = None


_P = "format('the churn score is %s ({})', f.score)"
_DROPS = (
    "format('tier %s, rating down by %s, engagement down by %s ({})', coalesce(f.tier, 'unknown'),"
    " coalesce(f.rating_drop::text, 'unknown'), coalesce(f.engagement_drop::text, 'unknown'))"
)

RULES = (
    Rule(1, "retention_interview", "critical", "f.score >= 70", _P.format("fires from 70"), 2, MANAGER),
    Rule(
        2,
        "performance_improvement_plan",
        "critical",
        "(coalesce(f.tier = 'At Risk', false)::int + coalesce(f.rating_drop > 0.50, false)::int"
        " + coalesce(f.engagement_drop > 20, false)::int) >= 2",
        _DROPS.format("two of: At Risk, more than 0.50, more than 20"),
        2,
        MANAGER,
        lasting=75,
    ),
    Rule(
        3,
        "manager_coaching",
        "high",
        "f.score >= 50 AND f.score < 70",
        _P.format("fires from 50, below 70"),
        5,
        MANAGER,
        lasting=50,
    ),
    Rule(
        4,
        "first_session_checkin",
        "high",
        "f.first_success < 60",
        "format('%s %% of rated first sessions went well (below 60)', coalesce(f.first_success::text, 'an unknown'))",
        5,
        COACH,
    ),
    Rule(
        5,
        "rescheduling_alert",
        "high",
        "f.reschedule_rate > 20",
        "format('%s %% of sessions were rescheduled by the tutor (above 20)',"
        " coalesce(f.reschedule_rate::text, 'an unknown'))",
        5,
        AUTOMATIC,
    ),
    Rule(
        6,
        "training_module",
        "high",
        "f.engagement < 60",
        "format('engagement is %s (below 60)', coalesce(f.engagement::text, 'unknown'))",
        5,
        AUTOMATIC,
    ),
    Rule(
        7,
        "peer_mentoring",
        "medium",
        "f.risk_level = 'Medium'",
        "format('the risk is %s (Medium)', f.risk_level)",
        10,
        MENTORS,
    ),
    Rule(
        8,
        "automated_coaching",
        "medium",
        "f.rating_drop BETWEEN 0.3 AND 0.5 AND f.rating < 4.0",
        "format('rating down by %s to %s (0.3 to 0.5, average below 4.0)', coalesce(f.rating_drop::text, 'unknown'),"
        " coalesce(f.rating::text, 'unknown'))",
        5,
        AUTOMATIC,
    ),
    Rule(
        9,
        "automated_coaching",
        "medium",
        "f.volume_drop > 0.30",
        "format('sessions down by %s %% (above 30)', coalesce(round(f.volume_drop * 100)::text, 'an unknown'))",
        7,
        AUTOMATIC,
    ),
    Rule(
        10,
        "training_module",
        "medium",
        "f.tenure_days BETWEEN 7 AND 29 AND f.rating < 4.2",
        "format('%s days with us, average rating %s (7 to 29 days, below 4.2)', f.tenure_days,"
        " coalesce(f.rating::text, 'unknown'))",
        5,
        AUTOMATIC,
    ),
    Rule(
        11,
        "recognition",
        "low",
        "f.tier IN ('Exemplary', 'Strong') AND f.rating >= 4.5 AND f.engagement >= 80",
        "format('tier %s, rating %s, engagement %s (Exemplary or Strong, from 4.5, from 80)',"
        " coalesce(f.tier, 'unknown'), coalesce(f.rating::text, 'unknown'), coalesce(f.engagement::text, 'unknown'))",
        7,
        AUTOMATIC,
    ),
    Rule(
        12,
        "recognition",
        "low",
        "(f.rating_drop < -0.3 OR f.engagement_drop < -15)",
        "format('rating up by %s, engagement up by %s (more than 0.3, or more than 15)',"
        " coalesce((-f.rating_drop)::text, 'unknown'), coalesce((-f.engagement_drop)::text, 'unknown'))",
        7,
        AUTOMATIC,
    ),
)
#: Types that wait for a manager's approval before anything happens to the tutor.
FOR_PEOPLE = tuple(sorted({rule.type for rule in RULES if rule.who != AUTOMATIC}))
