"""Every number that counts or colours a figure, with its source; nothing else in the metrics holds one.

tutormax is the product whose rules these are; what it leaves open is decided in tasks/tutoring/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Threshold:
    """When a figure is green and when red; between the two, and where it is NULL, it is neither."""

    figure: str
    green: Decimal
    red: Decimal
    higher_is_better: bool
    source: str


_SOURCE = "tutormax, performance_calculator.py"
#: In the order of the letters of `tutor_states.flags`.
THRESHOLDS = (
    Threshold("avg_rating", Decimal("4.5"), Decimal("3.5"), higher_is_better=True, source=_SOURCE),
    Threshold("first_session_success_rate", Decimal(85), Decimal(70), higher_is_better=True, source=_SOURCE),
    Threshold("reschedule_rate", Decimal(10), Decimal(15), higher_is_better=False, source=_SOURCE),
    Threshold("no_show_count", Decimal(0), Decimal(3), higher_is_better=False, source=_SOURCE),
    Threshold("engagement_score", Decimal(80), Decimal(60), higher_is_better=True, source=_SOURCE),
    Threshold("learning_objectives_met_pct", Decimal(90), Decimal(80), higher_is_better=True, source=_SOURCE),
)

#: The same source: so many greens and no red are Exemplary, so many reds At Risk and Needs Attention, so many greens
#: Strong.
EXEMPLARY_GREENS, AT_RISK_REDS, ATTENTION_REDS, STRONG_GREENS = 5, 3, 1, 3
#: The same source: a first session succeeded from this rating on; its churn model: poor below that one.
GOOD_RATING, POOR_RATING = 4, 3
#: Decided here, for tutormax does not say it: a session that began so many minutes late is still on time.
ON_TIME_MINUTES = 10
#: tutormax, service levels: a change is to be seen in the figures within an hour.
PROMISED_SECONDS = 3600
#: Days: the longest window, and how much before it the sums of days are kept right, for the row of the day that ended.
LONGEST = 90
#: tutormax, schedule of its jobs: events of tutors are purged after so many days; older sums
#: of them can no longer be counted anew.
EVENT_DAYS = 90


def bound() -> dict[str, object]:
    """Return all of them under the names by which the statements of the metrics ask for them."""
    sides = {f"{t.figure}_{side}": getattr(t, side) for t in THRESHOLDS for side in ("green", "red")}
    return {
        **sides,
        "exemplary": EXEMPLARY_GREENS,
        "at_risk": AT_RISK_REDS,
        "attention": ATTENTION_REDS,
        "strong": STRONG_GREENS,
    }
