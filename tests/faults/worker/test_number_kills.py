"""kill -9 of the workers that keep a learner's numbers, at each step: the rows are those of one undisturbed run."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.companion.numbers.answers import update_rating
from bellwork.tasks.companion.numbers.daily import recompute_learners
from bellwork.tasks.companion.numbers.overrides import apply_override
from bellwork.tasks.companion.numbers.practice import assign_practice
from bellwork.tasks.companion.numbers.questions import escalate_question
from bellwork.tasks.companion.numbers.summaries import find_unsummarised, summarise_session
from bellwork.tasks.companion.numbers.weeks import send_weeks
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.companion.numbers import study
from tests.tasks.companion.numbers.test_weeks import read_letters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

ITEMS = 5
#: Where workers die, and in which actor's work; the short lane's commits are of a whole batch, known by their queue.
KILLS = {
    "preparing": (
        ("before_commit", "companion.assign_practice"),
        ("after_commit", "companion.assign_practice"),
        ("before_commit", "companion.summarise_session"),
    ),
    "answering": (
        ("after_claim", "companion.update_rating"),
        ("after_claim", "companion.recompute_goal"),
        ("after_claim", "companion.recompute_learner"),
        ("after_claim", "companion.review_practice"),
        ("before_commit", "companion-fast"),
        ("after_commit", "companion-fast"),
    ),
    "telling": (
        ("after_claim", "companion.escalate_question"),
        ("after_claim", "companion.apply_override"),
        ("after_commit", "companion-fast"),
    ),
    "counting": (("after_claim", "companion.recompute_learners"),),
    "finding": (("before_commit", "companion-fast"), ("after_commit", "companion-fast")),
}
#: Where whoever posts letters about a week dies: before a batch is committed, and when all are.
WEEK_KILLS = ("week_batch", "before_ack")
READERS = 3
#: Jobs that follow another one: whoever committed that may go on with them, without a claim of their own.
_FOLLOWING = frozenset(f"companion.{actor}" for actor in ("recompute_goal", "recompute_learner", "review_practice"))
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor LIKE 'companion.%' OR actor = 'mail.send'"
_NUMBERS = """
SELECT u.analytics, u.gamification - 'streaks' AS points, u.profile,
    (SELECT array_agg((g.completion_percentage, g.current_streak, g.xp_earned, g.status)) FROM companion.goals g
        WHERE g.student_id = u.id) AS goals,
    (SELECT array_agg(r.rating) FROM companion.student_ratings r WHERE r.student_id = u.id) AS ratings,
    (SELECT array_agg((a.completed, a.performance_score, a.student_rating_before, a.student_rating_after)
            ORDER BY a.student_rating_after DESC)
        FROM companion.practice_assignments a WHERE a.student_id = u.id) AS items,
    (SELECT array_agg((p.state, p.wanted, p.made)) FROM companion.practice_progress p
        WHERE p.student_id = u.id) AS sets,
    (SELECT array_agg((s.summary_type, s.narrative, s.overridden) ORDER BY s.narrative) FROM companion.summaries s
        WHERE s.student_id = u.id) AS summaries,
    (SELECT array_agg((q.tutor_escalation_suggested, q.escalated_to_tutor_id IS NOT NULL))
        FROM companion.qa_interactions q WHERE q.student_id = u.id) AS questions,
    (SELECT array_agg(d.day - current_date) FROM companion.learner_days d WHERE d.student_id = u.id) AS days
FROM companion.users u WHERE u.id = :student
"""
_LETTERS = "SELECT kind, count(*) FROM bellwork.letters WHERE kind <> 'week' GROUP BY kind"
_WEEKS = "SELECT person, state FROM bellwork.letters WHERE kind = 'week' ORDER BY person"
_EMAILS = "SELECT email FROM companion.users WHERE id = ANY(CAST(:ids AS uuid[]))"
_ZONE = "SELECT pg_get_functiondef('companion.known_zone(text)'::regprocedure) AS text"
# A zone of POSIX, which is as many hours behind as it is since nine o'clock of a Monday.
_MONDAY = """
CREATE OR REPLACE FUNCTION companion.known_zone(name text) RETURNS text AS $$ SELECT '<MON>+{hours}' $$ LANGUAGE sql
"""
_ITEMS = "SELECT id FROM companion.practice_assignments WHERE student_id = :student ORDER BY id"
_SUMMARY = "SELECT id FROM companion.summaries WHERE student_id = :student"


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler, and mail that is put into a folder."""
    settings = {"SMTP_URL": f"file://{ground}/mail", "LEASE": "2", "BEAT": "0.5"}
    systems = "companion=bellwork.db.companion.system"
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


class Learner:
    """A learner with a tutor, a goal, a session, and a question that nobody was sure of."""

    def __init__(self, subject: UUID) -> None:
        self.subject, self.student, self.tutor = subject, study.user(), study.user("tutor")
        study.insert("tutor_student_assignments", tutor_id=self.tutor, student_id=self.student, subject_id=subject)
        study.goal(self.student, subject)
        at = datetime.now(UTC) - timedelta(hours=20)
        words = {"transcript_text": "Tutor: Today we factored equations.\nAnn: I can do that now."}
        self.session = study.session(self.student, self.tutor, subject, at, duration_minutes=45, **words)
        asked = {"query": "Why is the sky blue?", "answer": "It may be.", "confidence": "Low"}
        self.question = study.insert("qa_interactions", student_id=self.student, **asked)

    def prepare(self) -> None:
        """Have a practice set made, and the session summed up."""
        assign_practice.send(student_id=self.student, subject_id=self.subject, request_id="r1", count=ITEMS)
        summarise_session.send(session_id=self.session)

    def answer(self) -> None:
        """Answer each item, all alike, for their order is nobody's: badly, so that the tutor is told of the set."""
        for item in rows(_ITEMS, student=self.student):
            update_rating.send(assignment_id=item.id, correct=False, seconds=30, hints=0)

    def tell(self) -> None:
        """Have the question go to the tutor, and his words take the summary's place."""
        [summary] = rows(_SUMMARY, student=self.student)
        row = {"summary_id": summary.id, "override_type": "summary", "action": "edited"}
        content = {"new_content": {"narrative": "We factored."}}
        override = study.insert("overrides", tutor_id=self.tutor, student_id=self.student, **row, **content)
        apply_override.send(override_id=override)
        escalate_question.send(qa_id=self.question)

    def count(self) -> None:
        """Have the day counted, of everybody whose rows nobody holds."""
        recompute_learners.send()

    def find(self) -> None:
        """Have a session found that nobody told of."""
        at = datetime.now(UTC) - timedelta(hours=3)
        words = {"transcript_text": "Tutor: Today we drew parabolas.\nAnn: They are round."}
        study.session(self.student, self.tutor, self.subject, at, duration_minutes=45, **words)
        find_unsummarised.send()

    def numbers(self) -> dict[str, Any]:
        """Return what is kept of the learner."""
        [found] = rows(_NUMBERS, student=self.student)
        return dict(found._mapping)


def test_w6_numbers_are_the_same_whoever_is_killed_at_each_step(cluster: Cluster, ground: Path) -> None:
    """Two learners who do the same, one of them while workers die in every kind of job: the same rows and letters."""
    eventually(cluster.is_up, PATIENCE)
    subject = study.subject()
    for number in range(2 * ITEMS):
        text = {"question_text": f"Question {number}?", "answer_text": "!"}
        study.insert("practice_bank_items", subject_id=subject, difficulty_level=4, **text)
    killed = _live(Learner(subject), ground, KILLS)
    letters = Counter(dict(map(tuple, rows(_LETTERS))))
    undisturbed = _live(Learner(subject), ground, {})
    both = Counter(dict(map(tuple, rows(_LETTERS))))

    assert undisturbed == killed
    assert {kind: 2 * count for kind, count in letters.items()} == both
    assert letters.total() >= 2
    assert [(ITEMS, 2)] * 2 == [(len(each["items"]), len(each["summaries"])) for each in (killed, undisturbed)]
    invariants.check()


@pytest.mark.usefixtures("monday")
def test_w6_letters_about_a_week_go_once_whoever_is_killed(cluster: Cluster, ground: Path) -> None:
    """Killed amid a batch, and after the last one: each reader has one letter."""
    eventually(cluster.is_up, PATIENCE)
    subject = study.subject("Geometry")
    readers = [study.user() for _ in range(READERS)]
    for reader in readers:
        study.done(reader, subject, datetime.now(UTC) - timedelta(days=1))
    failpoints.clear(ground)
    for point in WEEK_KILLS:
        failpoints.order(ground, point, "kill9", "companion.send_weeks")
    send_weeks.send()
    orders = [(point, "companion.send_weeks") for point in WEEK_KILLS]
    eventually(partial(_all_taken, ground, orders), 4 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), 4 * PATIENCE)
    rows("SELECT bellwork.enqueue('mail.wake')")
    eventually(lambda: {"sent"} == {letter.state for letter in rows(_WEEKS)}, PATIENCE)
    persons = [letter.person for letter in rows(_WEEKS)]
    emails = {each.email for each in rows(_EMAILS, ids=readers)}
    came = Counter(str(letter["To"]) for letter in read_letters(ground))

    assert {str(reader) for reader in readers} <= set(persons)
    assert len(set(persons)) == len(persons)
    assert dict.fromkeys(emails, 1) == {to: count for to, count in came.items() if to in emails}
    invariants.check()


@pytest.fixture
def monday() -> Iterator[None]:
    """It is Monday morning for everybody, for those letters go at no other time."""
    [before] = rows(_ZONE)
    now = datetime.now(UTC)
    rows(_MONDAY.format(hours=(24 * now.weekday() + now.hour - 9) % 168))
    yield
    rows(before.text)


def _live(learner: Learner, ground: Path, kills: dict[str, tuple[tuple[str, str], ...]]) -> dict[str, Any]:
    acts = (learner.prepare, learner.answer, learner.tell, learner.count, learner.find)
    for part, act in zip(KILLS, acts, strict=True):
        failpoints.clear(ground)
        for point, subject in kills.get(part, ()):
            failpoints.order(ground, point, "kill9", subject)
        act()
        certain = [each for each in kills.get(part, ()) if each[1] not in _FOLLOWING]
        eventually(partial(_all_taken, ground, certain), 4 * PATIENCE)
        eventually(lambda: not rows(_UNFINISHED), 4 * PATIENCE)
    return learner.numbers()


def _all_taken(ground: Path, orders: Sequence[tuple[str, str]]) -> bool:
    taken = " ".join(order.name for order in failpoints.place(ground).glob("*.taken"))
    return all(f"{point}.{subject}" in taken for point, subject in orders)
