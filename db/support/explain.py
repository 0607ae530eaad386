"""Why a student is called at risk, or is not, and how right a rule is: `bellwork explain student|rule`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.sql import sql
from bellwork.db.support.care.precision import DAYS, LEAST, WOLF, precisions
from bellwork.db.support.detection import clock
from bellwork.db.support.detection.figures import FIGURES, bounds
from bellwork.db.support.detection.rules import JUDGED, RULES, name_of
from bellwork.db.support.words import Reason
from bellwork.db.vocabulary.explanation import Because, CannotExplain, Explainer, Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: Decisions that are told of each enrollment, the newest ones.
_TOLD = 8
_ENROLLMENTS = """
SELECT e.id, e.status, e.is_at_risk, e.at_risk_since, e.risk_level,
       coalesce(k.title, CAST(e.course_id AS text)) AS course
FROM {support}.student_enrollments e LEFT JOIN {support}.courses k ON k.id = e.course_id
WHERE e.user_id = :id OR e.id = :id ORDER BY e.enrolled_at, e.id
"""
_JUDGED = f"""
WITH figures AS ({FIGURES.replace("[of]", "AND e.id = :enrollment")}), judged AS ({JUDGED})
SELECT j.*, {name_of("j.rank")} AS level FROM judged j
"""  # noqa: S608 - ours
_OPEN = """
SELECT i.id, i.status, i.risk_level, i.intervention_type, i.created_at, i.assigned_at, i.contacted_at, i.snoozed_until,
       i.cleared_at, coalesce(t.name, CAST(i.assigned_trainer_id AS text)) AS trainer
FROM {support}.student_interventions i LEFT JOIN {support}.trainers t ON t.id = i.assigned_trainer_id
WHERE i.enrollment_id = :enrollment AND i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress', 'escalated')
"""
_DECISIONS = """
SELECT d.at, d.kind, d.reason FROM {support}.decisions d WHERE d.enrollment_id = :enrollment
ORDER BY d.id DESC LIMIT :most
"""
_COUNTS = """
SELECT day, found, decided, improved, false_positives FROM {support}.rule_days WHERE reason = :reason
ORDER BY day DESC LIMIT 14
"""


def explain_student(conn: Connection, asked: str) -> Explanation:
    """Say of a student (or of one enrollment) what each rule finds, what is open, and what was decided or held back."""
    try:
        id_ = UUID(asked)
    except ValueError as wrong:
        raise CannotExplain(f"{asked[:60]!r} is no UUID; give the id of a row of user_profiles") from wrong
    rows = conn.execute(sql(_ENROLLMENTS), {"id": id_}).all()
    if not rows:
        raise CannotExplain(f"there is no student {id_} with an enrollment; ids stand in support.student_enrollments")
    said: list[Because] = []
    for row in rows:
        said += _enrollment(conn, row)
    risky = [row for row in rows if row.is_at_risk]
    how = f"at risk in {len(risky)} of {len(rows)}" if risky else f"not at risk in any of {len(rows)}"
    return Explanation(f"Student {asked}: {how} {'enrollment' if len(rows) == 1 else 'enrollments'}", tuple(said))


def _enrollment(conn: Connection, row: Any) -> Iterator[Because]:
    how = f"at risk ({row.risk_level}) since {_moment(row.at_risk_since)}" if row.is_at_risk else "not at risk"
    yield Because(f"{row.course} (enrollment {row.id}, {row.status}): {how}")
    asked = {"enrollment": row.id}
    judged = conn.execute(sql(_JUDGED), {**asked, **bounds(clock(conn))}).mappings().one_or_none()
    if judged is None:
        why = f"this one is {row.status}" if row.status != "active" else "its student was erased"
        yield Because(f"rules look at active enrollments of students who are not erased, and {why}")
    else:
        if judged["stopped_by"]:
            yield Because(f"no rule opens anything: {judged['stopped_by']}")
        yield from _rules(dict(judged))
    yield from _open(conn, asked)
    for at, kind, reason in conn.execute(sql(_DECISIONS), {**asked, "most": _TOLD}):
        yield Because(f"{_moment(at)} {kind.replace('_', ' ')}: {reason}")


def _rules(found: dict[str, Any]) -> Iterator[Because]:
    for rule in RULES:
        fires = "fires" if found[rule.reason] else "does not fire"
        yield Because(f"rule {rule.reason} {fires}: {_SAID[rule.reason](found)}")
    yield Because(f"so the rules say {found['level'] or 'nothing'} now")


def _average(found: dict[str, Any]) -> str:
    if not found["scored"]:
        return "no score within 30 days"
    return f"average {found['points'] / found['scored']:.2f} % over {found['scored']} scores in 30 days (below 60)"


def _progress(found: dict[str, Any]) -> str:
    expected = 2 * found["days_enrolled"] / 7
    said = f"{found['completion']:.2f} % completed, {expected:.2f} % expected after {found['days_enrolled']} days"
    return f"{said} (below half of it, after 7 days)"


_SAID: dict[Reason, Callable[[dict[str, Any]], str]] = {
    Reason.QUIZ_FAILURES: lambda found: (
        f"{found['failed']} of the last {found['attempts']} attempts failed (medium from 3, high from 5)"
    ),
    Reason.LOW_PROGRESS: _progress,
    Reason.LOW_QUIZ_AVERAGE: _average,
    Reason.INACTIVE: lambda found: f"last active {_moment(found['last_active_at'])} (7 days ago or longer)",
    Reason.AI_ESCALATIONS: lambda found: f"{found['escalations']} questions handed on in 7 days (from 5)",
}


def _open(conn: Connection, asked: dict[str, Any]) -> Iterator[Because]:
    for row in conn.execute(sql(_OPEN), asked):
        whose = f"{row.trainer}'s since {_moment(row.assigned_at)}" if row.trainer else "nobody's"
        said = f"intervention {row.id} is {row.status} ({row.risk_level}, {row.intervention_type}), {whose}"
        if row.contacted_at:
            said += f", contact since {_moment(row.contacted_at)}"
        if row.snoozed_until:
            said += f", put off until {_moment(row.snoozed_until)}"
        if row.cleared_at:
            said += f"; no reason is left since {_moment(row.cleared_at)}, and a person ends it"
        waits = row.status == "pending" and row.trainer
        yield Because(said, f"SELECT support.note_contact('{row.id}')" if waits else "")


def explain_rule(conn: Connection, asked: str) -> Explanation:
    """Say how many students a rule found, how many of them were false positives, and whether that is too often."""
    known = {each.reason: each for each in precisions(conn)}
    if asked not in known:
        raise CannotExplain(f"there is no rule {asked[:60]!r}; there are {', '.join(known)}")
    found = known[asked]
    said = [Because(f"{found.found:,} found in {DAYS} days, {found.decided:,} of them ended since")]
    if found.share is None:
        said.append(Because("none was ended, so nothing is known of how right it is"))
    else:
        mend = "look at what was dismissed: SELECT … FROM support.student_interventions WHERE status = 'dismissed'"
        said += [
            Because(f"{found.improved:,} improved or completed, {found.false_positives:,} false positives"),
            Because(f"{found.share:.0%} of those ended were right", mend if found.cries_wolf else ""),
        ]
        if found.decided < LEAST:
            said.append(Because(f"fewer than {LEAST} were ended: too few to judge it"))
    for row in conn.execute(sql(_COUNTS), {"reason": asked}):
        ended = f"{row.decided} ended, {row.improved} improved, {row.false_positives} false"
        said.append(Because(f"{row.day}: {row.found} found, {ended}"))
    wolf = f", which is wrong too often (fewer than {WOLF:.0%} were right)" if found.cries_wolf else ""
    return Explanation(f"Rule {asked}{wolf}", tuple(said))


def _moment(at: Any) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "never"


EXPLAINERS = (
    Explainer("student", "ID", "why a student is at risk or not, what is open, what was held back", explain_student),
    Explainer("rule", "RULE", "how right a rule of detection is, by what became of those it found", explain_rule),
)
