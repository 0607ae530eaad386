"""THE table of the churn score's parts: seven sub-scores with their weights, three additions, bands and windows.

Weights, additions, bands and the signals' thresholds are the product document's (tutormax, PRD, Churn prediction). It
gives no formulas of the sub-scores: here each is linear in its signal, 60 at the document's threshold and 100 at five
thirds of it, so a drop in logins of 30 % counts 60 and one of 50 % counts 100. A figure that is not known counts 0.
A change of any line is a new MODEL_VERSION.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What `model_version` says of a prediction that was made by these lines.
MODEL_VERSION = "formula-1"
#: What a signal counts that is exactly at its threshold.
AT_THRESHOLD = 60


@dataclass(frozen=True)
class Factor:
    """A sub-score from 0 to 100, as SQL over the figures `f` of a tutor, and its share of the score."""

    name: str
    weight: float
    score: str
    about: str


@dataclass(frozen=True)
class Addition:
    """Points that are added to the score where `holds`, SQL over the figures `f`, is true."""

    name: str
    points: int
    holds: str
    about: str


def _ramp(figure: str, threshold: float) -> str:
    return f"least(100, greatest(0, coalesce({figure}, 0) * {AT_THRESHOLD}.0 / {threshold}))"


#: In the order of their weights, which add to 1.
FACTORS = (
    Factor(
        "engagement_decline",
        0.25,
        f"greatest({_ramp('f.login_drop', 0.30)}, {_ramp('f.engagement_drop', 20)})",
        "logins of the last 14 days against the 14 before (30 %), or engagement of 7 days against 30 (20 points)",
    ),
    Factor("performance_trend", 0.20, _ramp("f.rating_drop", 0.50), "average rating of 7 days against 30 (0.50)"),
    Factor(
        "reschedule_pattern",
        0.15,
        f"greatest({_ramp('f.reschedule_rate', 15)}, {_ramp('f.reschedules_7d', 3)})",
        "reschedules by the tutor: 15 % of 30 days, or three in 7 days",
    ),
    Factor(
        "first_session_quality",
        0.15,
        _ramp("100 - f.first_success", 30),
        "rated first sessions of 30 days below 4 (30 %)",
    ),
    Factor("no_show_risk", 0.10, _ramp("f.no_shows_30d", 3), "no-shows of 30 days (three)"),
    Factor(
        "tenure_risk",
        0.10,
        "least(100, greatest(0, 100 - coalesce(f.tenure_days, 365) * 4.0 / 3))",
        "days since onboarding: 100 on the first, 60 on the 30th, 0 from the 75th",
    ),
    Factor(
        "availability_reduction",
        0.05,
        f"greatest({_ramp('f.baseline_shortfall', 0.50)}, {_ramp('f.session_gap_days', 14)})",
        "sessions of three weeks against the baseline (half of it), or days without a session (14)",
    ),
)
ADDITIONS = (
    Addition(
        "poor_first_session",
        15,
        "f.poor_first_session",
        "a first session of 30 days that was rated below 3, or begun more than 10 minutes late",
    ),
    Addition("rescheduling", 20, "f.reschedules_7d > 3", "more than three reschedules by the tutor in 7 days"),
    Addition(
        "absence",
        25,
        "(f.no_shows_14d > 0 OR (f.login_drop > 0.30 AND f.no_shows_30d > 2))",
        "a no-show in 14 days, or logins down by more than 30 % with more than two missed sessions in 30 days",
    ),
)
#: The highest score of each band (the product document, and the schema's own query for high risk: from 51).
BANDS = (("Low", 25), ("Medium", 50), ("High", 75), ("Critical", 100))
#: Days of each window of which a row has a probability.
WINDOWS = (1, 7, 30, 90)

#: The sub-scores and additions as one JSON object each, over the figures `f`.
SUB_SCORES = "jsonb_build_object(" + ", ".join(f"'{each.name}', round({each.score}, 4)" for each in FACTORS) + ")"
ADDED = (
    "jsonb_strip_nulls(jsonb_build_object("
    + ", ".join(f"'{each.name}', CASE WHEN {each.holds} THEN {each.points} END" for each in ADDITIONS)
    + "))"
)
#: What each part brings to the formula's score, over `s.sub_scores` and `s.added`; the score is their sum, rounded.
POINTS = (
    "jsonb_build_object("
    + ", ".join(
        f"'{each.name}', round((s.sub_scores ->> '{each.name}')::numeric * {each.weight}, 4)" for each in FACTORS
    )
    + ") || s.added"
)


def band(score: str) -> str:
    """Return the risk level of a score as SQL: 0 to 25 is Low, 26 to 50 Medium, 51 to 75 High, above Critical."""
    *lower, (last, _) = BANDS
    cases = " ".join(f"WHEN {score} <= {most} THEN '{name}'" for name, most in lower)
    return f"CASE {cases} ELSE '{last}' END"


def probability(score: str, days: int) -> str:
    """Return the probability of leaving within so many days as SQL: 1 - (1 - score / 100)^(days / 30)."""
    return f"1 - power(1 - {score} / 100.0::float8, {days} / 30.0::float8)"
