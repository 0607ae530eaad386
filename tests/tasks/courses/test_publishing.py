"""A course is published when it is whole and somebody says so; all that is missing is told at once."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from bellwork.db.courses.publishing.content import Lesson, Module
from bellwork.db.courses.seed import Seeded, add, add_user
from bellwork.db.courses.tables import COURSE_MACHINE, CourseStatus
from bellwork.db.engine import transaction
from bellwork.tasks.courses.publishing.complete import missing
from bellwork.tasks.courses.publishing.review import check_course, decide_course, submit_course
from bellwork.workers.testing import drain, run_inline
from tests.tasks.courses.campus import notices, rows

if TYPE_CHECKING:
    from uuid import UUID

GOOD = [{"kind": "file_exists", "path": "hello.py"}]
WHOLE = {
    "video": Lesson("A", "video", video="ready"),
    "lab": Lesson("A", "lab", has_lab=True, has_instructions=True, has_template=True),
    "quiz": Lesson("A", "quiz", assessments=(("Check", 3),)),
    "reading": Lesson("A", "reading", has_text=True),
    "mixed": Lesson("A", "mixed", has_text=True),
}
WHERE = "The lesson 'A' of the module 'M'"


@pytest.fixture
def draft(seeded: Seeded) -> Seeded:
    """A whole course that is a draft, and somebody who may publish it."""
    rows("UPDATE {courses}.courses SET status = 'draft'")
    rows("UPDATE {courses}.lessons SET description = 'Words.'")
    rows("UPDATE {courses}.labs SET success_criteria = CAST(:good AS jsonb)", good=json.dumps(GOOD))
    with transaction() as conn:
        add_user(conn, "Olga", "Hart", role="content_admin")
    return seeded


def status(seeded: Seeded) -> str:
    """Return the status of the course."""
    [found] = rows("SELECT status::text FROM {courses}.courses WHERE id = :id", id=seeded.course)
    return str(found.status)


def reviewer() -> UUID:
    """Return who decides."""
    [found] = rows("SELECT id FROM {courses}.users WHERE role = 'content_admin'")
    return found.id  # type: ignore[no-any-return]


def submitted(seeded: Seeded) -> str:
    """Hand the course in, have it checked, and return its status."""
    assert "done" == run_inline(submit_course, course_id=seeded.course, user_id=seeded.instructor)["state"]
    drain("courses")
    return status(seeded)


def decided(seeded: Seeded, version: int = 1, **values: Any) -> str:
    """Have it decided, and return its status."""
    asked = {"course_id": seeded.course, "version": version, "user_id": reviewer(), "approved": True} | values
    run_inline(decide_course, **asked)
    return status(seeded)


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_lesson_lacks_nothing(kind: str) -> None:
    """Of each type."""
    assert [] == missing([Module("M", (WHOLE[kind],))])


@pytest.mark.parametrize(
    ("lesson", "said"),
    [
        (Lesson("A", "video"), "has no video"),
        (Lesson("A", "lab"), "has no lab"),
        (Lesson("A", "quiz"), "has no assessment"),
        (Lesson("A", "reading"), "has no text"),
        (Lesson("A", "mixed"), "has neither a video nor a lab, an assessment or a text"),
        (Lesson("A", "video", video="processing"), "has a video that is not ready: it is processing"),
        (Lesson("A", "reading", has_text=True, video="failed"), "has a video that is not ready: it is failed"),
        (Lesson("A", "quiz", assessments=(("Check", 0),)), "has an assessment 'Check' without a question"),
    ],
)
def test_what_a_lesson_lacks_is_said_with_its_place(lesson: Lesson, said: str) -> None:
    """One sentence each; what is there and not whole counts whatever the type."""
    assert [f"{WHERE} {said}."] == missing([Module("M", (lesson,))])


@pytest.mark.parametrize("criteria", [[], {}, "x", [{"kind": "looks_nice"}], [{"kind": "file_exists"}]])
def test_criteria_that_nobody_can_judge_by_are_refused(draft: Seeded, criteria: Any) -> None:
    """Nothing in it, of another shape, an unknown kind, a kind without what it needs: of each lab, beside all else."""
    rows("UPDATE {courses}.labs SET success_criteria = CAST(:bad AS jsonb)", bad=json.dumps(criteria))
    rows("UPDATE {courses}.lessons SET description = NULL")
    assert "revision_needed" == submitted(draft)
    [kept] = rows("SELECT missing FROM {courses}.course_reviews")

    assert "has no text" in kept.missing[0]
    assert 2 <= len([each for each in kept.missing if each.startswith("lab 'A lab': ")])


def test_everything_that_is_missing_is_said_at_once() -> None:
    """Of all modules and lessons, in the order of the course."""
    lab = Lesson("B", "lab", has_lab=True)
    found = missing([Module("Empty", ()), Module("M", (Lesson("A", "video"), lab))])

    assert ["The course has no module."] == missing([])
    assert "The module 'Empty' has no lesson." == found[0]
    assert f"{WHERE} has no video." == found[1]
    assert ["template", "instructions"] == [
        word for each in found[2:] for word in ("template", "instructions") if word in each
    ]


def test_a_whole_course_waits_for_a_decision_and_is_published(draft: Seeded) -> None:
    """Reviewers are told, then its author and listeners; twice decided is once published."""
    rows("DELETE FROM bellwork.webhook_endpoints")
    rows("INSERT INTO bellwork.webhook_endpoints (url) VALUES ('https://x.example/')")
    assert "pending_review" == submitted(draft)
    assert [str(reviewer())] == [each.recipient for each in notices("courses.course_waits")]
    for _ in range(3):
        assert "published" == decided(draft)
    [course] = rows("SELECT published_at FROM {courses}.courses WHERE id = :id", id=draft.course)
    [kept] = rows("SELECT act, details FROM {courses}.audit_records")

    assert course.published_at is not None
    assert [str(draft.instructor)] == [each.recipient for each in notices("courses.course_published")]
    assert ("course approved", 1) == (kept.act, kept.details["version"])
    assert ["course.published"] == [each.event_type for each in rows("SELECT * FROM bellwork.webhook_deliveries")]


def test_what_lacks_something_goes_back_with_the_whole_list(draft: Seeded) -> None:
    """Mended and handed in again it is version two; nobody is asked about version one."""
    rows("UPDATE {courses}.videos SET status = 'processing'")
    rows("DELETE FROM {courses}.questions")
    assert "revision_needed" == submitted(draft)
    [told] = notices("courses.course_returned")
    [kept] = rows("SELECT state, missing FROM {courses}.course_reviews")

    assert "incomplete" == kept.state
    assert 4 == len(kept.missing)
    assert all(each in told.body["text"] for each in kept.missing)
    assert [] == notices("courses.course_waits")
    assert "revision_needed" == decided(draft)
    rows("UPDATE {courses}.videos SET status = 'ready'")
    for each in rows("SELECT id FROM {courses}.assessments"):
        with transaction() as conn:
            row = {"question_type": "true_false", "content": "?", "correct_answer": "true", "order_index": 1}
            add(conn, "questions", assessment_id=each.id, **row)
    assert "pending_review" == submitted(draft)
    assert "pending_review" == decided(draft, version=1)
    assert "published" == decided(draft, version=2)


def test_what_was_lost_since_the_check_is_found_at_the_decision(draft: Seeded) -> None:
    """A video that failed meanwhile: not published, and its author is told."""
    assert "pending_review" == submitted(draft)
    rows("UPDATE {courses}.videos SET status = 'failed'")

    assert "revision_needed" == decided(draft)
    assert 1 == len(notices("courses.course_returned"))
    assert [] == notices("courses.course_published")


def test_a_course_is_sent_back_with_a_reason(draft: Seeded) -> None:
    """Without one the job is dead; with one its author reads it."""
    submitted(draft)
    assert "pending_review" == decided(draft, approved=False, why=" ")
    assert "revision_needed" == decided(draft, approved=False, why="The second film has no sound.")

    [told] = notices("courses.course_returned")
    assert told.body["text"].endswith("The second film has no sound.")


@pytest.mark.parametrize(("before", "act"), list(itertools.product(CourseStatus, ("submit", "check", "decide"))))
def test_every_status_goes_only_where_its_machine_lets_it(draft: Seeded, before: CourseStatus, act: str) -> None:
    """Whatever is asked of it, by whom, in which order."""
    submitted(draft)
    rows("UPDATE {courses}.courses SET status = CAST(:to AS {courses}.course_status)", to=before)
    if act == "submit":
        submitted(draft)
    elif act == "check":
        run_inline(check_course, course_id=draft.course, version=1)
    else:
        decided(draft)
    after = status(draft)

    assert after == before or COURSE_MACHINE.allows(before, after)
    if before in {"published", "archived"}:
        assert before == after


def test_triple_and_concurrent_delivery_is_once(draft: Seeded) -> None:
    """Handed in nine times in six threads, checked and decided as often: one version, one publication."""
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: run_inline(submit_course, course_id=draft.course), range(9)))
        list(threads.map(lambda _: run_inline(check_course, course_id=draft.course, version=1), range(9)))
        list(threads.map(lambda _: decided(draft), range(9)))

    assert 1 == len(rows("SELECT FROM {courses}.course_reviews")) == len(rows("SELECT FROM {courses}.audit_records"))
    assert 1 == len(notices("courses.course_waits")) == len(notices("courses.course_published"))


def test_a_title_is_text_wherever_it_goes(draft: Seeded) -> None:
    """Markup, quotes and letters that run the other way, in the list of what is missing and in the notice."""
    title = "<b>'\u202e\u0645\u062d\u0645\u062f\"; DROP TABLE courses; --"
    rows("UPDATE {courses}.lessons SET title = :title, description = NULL", title=title)
    assert "revision_needed" == submitted(draft)
    [kept] = rows("SELECT missing FROM {courses}.course_reviews")

    assert repr(title) in kept.missing[0]


def test_a_course_of_nobody_is_nothing(draft: Seeded) -> None:
    """Unknown, or deleted."""
    for course in (uuid4(), draft.course):
        rows("UPDATE {courses}.courses SET deleted_at = now()")
        assert "done" == run_inline(submit_course, course_id=course)["state"]
    assert [] == rows("SELECT FROM {courses}.course_reviews")
