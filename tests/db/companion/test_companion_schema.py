"""The companion's tables, labels, indexes, views and functions are study_companion.md's, but for what does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bellwork.db import migrate
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.sql import sql
from tests.db.catalog import definitions, rows, run_script
from tests.db.companion.school import NOON, School

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What the document has and we do not: a key that may not be empty, users that nobody could delete, and a function
#: that forgot who had no rating.
_KEY = "(tutor_id, student_id, subject_id)"
_ASSIGNMENTS = "tutor_student_assignments"
_ESCALATED = "FOREIGN KEY (escalated_to_tutor_id) REFERENCES users(id)"
CORRECTED = {
    f"column {_ASSIGNMENTS}.subject_id uuid NOT NULL",
    f"constraint {_ASSIGNMENTS}.{_ASSIGNMENTS}_pkey PRIMARY KEY {_KEY}",
    f"index CREATE UNIQUE INDEX {_ASSIGNMENTS}_pkey ON {_ASSIGNMENTS} USING btree {_KEY}",
    "constraint practice_bank_items.practice_bank_items_created_by_fkey FOREIGN KEY (created_by) REFERENCES users(id)",
    f"constraint qa_interactions.qa_interactions_escalated_to_tutor_id_fkey {_ESCALATED}",
}
_VIEWS = text("""
SELECT table_name, column_name, udt_name FROM information_schema.columns
WHERE table_schema = :schema AND table_name LIKE 'v\\_%' ORDER BY table_name, ordinal_position
""")
_PEOPLE = """
INSERT INTO users (id, cognito_sub, email, role)
SELECT CAST(lpad(n::text, 32, '0') AS uuid), n::text, n || '@example.org', role
FROM (VALUES (1, 'student'), (2, 'tutor'), (3, 'parent')) AS p(n, role);
INSERT INTO subjects (id, name) VALUES (CAST(lpad('9', 32, '0') AS uuid), 'Algebra');
INSERT INTO tutor_student_assignments (tutor_id, student_id, subject_id)
SELECT CAST(lpad('2', 32, '0') AS uuid), CAST(lpad('1', 32, '0') AS uuid), CAST(lpad('9', 32, '0') AS uuid);
INSERT INTO practice_assignments (student_id, source) SELECT CAST(lpad('1', 32, '0') AS uuid), 'ai_generated';
INSERT INTO qa_interactions (student_id, query, answer, confidence)
SELECT CAST(lpad('1', 32, '0') AS uuid), 'Why?', 'So.', 'Low'
"""
_ASSIGN = """
INSERT INTO {companion}.tutor_student_assignments (tutor_id, student_id, subject_id) VALUES (:tutor, :student, :subject)
"""
_RATE = "SELECT {companion}.update_student_rating(:student, :subject, :question, CAST(:performance AS numeric))"
_ASK = """
INSERT INTO {companion}.qa_interactions (student_id, query, answer, confidence)
SELECT :student, 'Why?', 'So.', unnest(CAST(:said AS text[]))
"""


@pytest.mark.usefixtures("database")
def test_everything_in_the_document_stands_under_its_name() -> None:
    """Each table, column, constraint, index and trigger is there, but the corrected; views have the same columns."""
    with transaction() as conn:
        run_script(conn, "companion/study_companion.sql", "public")
        documented, ours = definitions(conn, "public"), definitions(conn, "companion")
        views = [conn.execute(_VIEWS, {"schema": schema}).all() for schema in ("public", "companion")]
    missing = {line for line in documented - ours if not line.startswith("function update_student_rating(")}

    assert CORRECTED == missing
    assert {row[:2] for row in views[0]} == {row[:2] for row in views[1]}
    assert views[0] == views[1], "the types are those of the document's views, or they could not replace them"


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A team's database with rows in its schema public, to which companion is mapped."""
    del empty_database
    monkeypatch.setenv("SCHEMAS", "companion=public")
    forget()
    with transaction() as conn:
        run_script(conn, "companion/study_companion.sql", "public")
        conn.execute(text(_PEOPLE))
    yield
    engine().dispose()


@pytest.mark.usefixtures("team")
def test_a_team_that_has_the_tables_keeps_its_rows() -> None:
    """Up and down: every row is as it was, what does not fulfil our checks included, and views are mended."""
    with transaction() as conn:
        before = rows(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        adopted = definitions(conn, "public")
    unvalidated = {line for line in adopted if line.endswith("NOT VALID")}
    migrate.downgrade("base")
    with transaction() as conn:
        after = rows(conn, "public")

    assert before == after
    assert 2 <= len(unvalidated)
    assert "column tutor_student_assignments.id uuid NOT NULL gen_random_uuid()" in adopted


def test_only_tutors_teach_and_only_students_are_taught(school: School) -> None:
    """In an assignment, and later: whoever has one keeps the role."""
    student, parent = school.user(), school.user("parent")
    for tutor, taught in ((parent, student), (school.tutor, parent)):
        with pytest.raises(IntegrityError, match="the role is parent"), school.conn.begin_nested():
            school.conn.execute(sql(_ASSIGN), {"tutor": tutor, "student": taught, "subject": None})
    school.conn.execute(sql(_ASSIGN), {"tutor": school.tutor, "student": student, "subject": None})
    with pytest.raises(IntegrityError, match="tutor_student_assignments_tutor_id"), school.conn.begin_nested():
        school.conn.execute(sql(_ASSIGN), {"tutor": school.tutor, "student": student, "subject": None})
    with pytest.raises(IntegrityError, match="stays a student"), school.conn.begin_nested():
        school.conn.execute(sql("UPDATE {companion}.users SET role = 'tutor' WHERE id = :id"), {"id": student})


def test_the_rating_function_knows_who_has_no_rating_and_keeps_its_bounds(school: School) -> None:
    """1000 at first, 400 to 2000 always, and no performance but 0 to 1."""
    student, subject = school.user(), school.subject("Algebra")

    def rate(question: int, performance: float) -> int:
        asked = {"student": student, "subject": subject, "question": question, "performance": performance}
        return int(school.conn.execute(sql(_RATE), asked).scalar_one())

    assert [1016, 1031] == [rate(1000, 1), rate(1000, 1)]
    for performance, bound in ((1, 2000), (0, 400)):
        for _ in range(200):
            last = rate(bound, performance)
        assert bound == last
    with pytest.raises(DBAPIError, match="a performance is 0 to 1"), school.conn.begin_nested():
        rate(1000, 1.5)


def test_progress_counts_the_goals_own_subject_and_each_row_once(school: School) -> None:
    """Two sessions and three items are two and three, whatever there is in another subject."""
    algebra, physics = school.subject("Algebra"), school.subject("Physics")
    student = school.user()
    school.goal(student, subject=algebra)
    for subject, sessions, items in ((algebra, 2, 3), (physics, 5, 7)):
        for _ in range(sessions):
            school.session(student, NOON, subject)
        school.all(_ITEMS, student=student, subject=subject, items=items)

    assert [(2, 3)] == school.all("SELECT sessions_count, practice_items_completed FROM {companion}.v_student_progress")


@pytest.mark.parametrize(
    ("said", "shares"),
    [
        ("HML", {"High": 33.34, "Low": 33.33, "Medium": 33.33}),
        ("HHM", {"High": 66.67, "Medium": 33.33}),
        ("HHHHHHM", {"High": 85.71, "Medium": 14.29}),
        ("L", {"Low": 100}),
    ],
)
def test_the_shares_of_confidence_add_to_a_hundred(school: School, said: str, shares: dict[str, float]) -> None:
    """By the largest remainder; of equal ones the first by name gets the hundredth."""
    student = school.user()
    words = {"H": "High", "M": "Medium", "L": "Low"}
    school.conn.execute(sql(_ASK), {"student": student, "said": [words[one] for one in said]})
    found = school.all("SELECT confidence, percentage FROM {companion}.v_confidence_distribution")

    assert shares == {word: float(share) for word, share in found}
    assert sum(share for _, share in found) == 100


def test_what_was_made_begins_flagged_and_is_never_empty(school: School) -> None:
    """A tutor is to look at it; a question from the bank names it."""
    student = school.user()
    made = "INSERT INTO {companion}.practice_assignments (student_id, source, ai_question_text, ai_answer_text)"

    assert [(True,)] == school.all(f"{made} VALUES (:id, 'ai_generated', '2+2?', '4') RETURNING flagged", id=student)
    for values in ("'ai_generated', ' ', '4'", "'bank', '2+2?', '4'"):
        with pytest.raises(IntegrityError), school.conn.begin_nested():
            school.all(f"{made} VALUES (:id, {values}) RETURNING flagged", id=student)


def test_a_student_leaves_with_all_overrides_and_a_tutor_leaves_the_bank(school: School) -> None:
    """The circle of overrides holds nobody up; what a tutor wrote for the bank stays."""
    student, subject = school.user(), school.subject("Algebra")
    school.session(student, NOON)
    school.all(_OVERRIDDEN, student=student, tutor=school.tutor, subject=subject)
    school.conn.execute(sql("DELETE FROM {companion}.users WHERE id = :id"), {"id": student})

    assert [(0, 0)] == school.all(
        "SELECT (SELECT count(*) FROM {companion}.overrides), (SELECT count(*) FROM {companion}.summaries)"
    )
    school.conn.execute(sql("DELETE FROM {companion}.users WHERE id = :id"), {"id": school.tutor})
    assert [(None,)] == school.all("SELECT created_by FROM {companion}.practice_bank_items")


_ITEMS = """
WITH item AS (
    INSERT INTO {companion}.practice_bank_items (question_text, answer_text, subject_id, difficulty_level)
    VALUES ('2+2?', '4', :subject, 5) RETURNING id
)
INSERT INTO {companion}.practice_assignments (student_id, source, bank_item_id, subject_id, completed, completed_at)
SELECT :student, 'bank', item.id, :subject, true, now() FROM item, generate_series(1, :items) RETURNING id
"""
_OVERRIDDEN = """
WITH summary AS (
    INSERT INTO {companion}.summaries (session_id, student_id, tutor_id, narrative, next_steps)
    SELECT id, student_id, tutor_id, 'Said.', '{}' FROM {companion}.sessions RETURNING id
), bank AS (
    INSERT INTO {companion}.practice_bank_items (question_text, answer_text, subject_id, difficulty_level, created_by)
    VALUES ('2+2?', '4', :subject, 5, :tutor)
), override AS (
    INSERT INTO {companion}.overrides (tutor_id, student_id, override_type, action, summary_id)
    SELECT :tutor, :student, 'summary', 'replace', id FROM summary RETURNING id
)
SELECT id FROM override
"""
