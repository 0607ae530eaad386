"""The tables of courses are learncraft.md's with their corrections, in a new database and in a team's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db import migrate
from bellwork.db.courses.plan import near
from bellwork.db.courses.seed import Seeded, add, add_user, seed_course
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.migrations.build import UnfitSchemaError
from bellwork.db.sql import sql
from tests.db.catalog import definitions, rows, run_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: What the document has and we do not: indexes that stand twice, or that a unique one takes the place of, an index of
#: lists over an empty table, and a column that only an extension has.
CORRECTED = {
    "column content_embeddings.embedding vector(1536)",
    (
        "index CREATE INDEX idx_content_embeddings_vector ON content_embeddings"
        " USING ivfflat (embedding vector_cosine_ops)"
    ),
    "index CREATE INDEX idx_courses_slug ON courses USING btree (slug)",
    "index CREATE INDEX idx_labs_lesson ON labs USING btree (lesson_id)",
    "index CREATE INDEX idx_users_email ON users USING btree (email)",
    "index CREATE INDEX idx_videos_lesson ON videos USING btree (lesson_id)",
    "index CREATE UNIQUE INDEX idx_enrollments_unique ON enrollments USING btree (user_id, course_id)",
}
#: A second row of each is refused; columns that are not said are the first row's.
ONCE: dict[str, dict[str, Any]] = {
    "course_progress": {},
    "videos": {"title": "Another"},
    "labs": {"title": "Another"},
    "content_embeddings": {"chunk_text": "Another."},
    "answers": {"response": "5"},
    "lab_sessions": {"status": "paused"},
    "subscriptions": {"status": "past_due"},
    "lab_containers": {"container_id": "another"},
    "video_parts": {"started_at_ms": 1},
}
_DUE = {
    "lab_sessions": """SELECT id FROM {courses}.lab_sessions
        WHERE status IN ('running', 'paused') AND expires_at <= now()""",
    "subscriptions": """SELECT id FROM {courses}.subscriptions
        WHERE status IN ('active', 'past_due') AND current_period_end <= now()""",
    "enrollments": "SELECT id FROM {courses}.enrollments WHERE status = 'active' AND expires_at <= now()",
    "assessment_attempts": """SELECT id FROM {courses}.assessment_attempts
        WHERE status = 'in_progress' AND started_at <= now()""",
    "lab_containers": "SELECT id FROM {courses}.lab_containers WHERE state <> 'gone'",
}


@pytest.mark.usefixtures("empty_database")
def test_everything_in_the_document_stands_under_its_name() -> None:
    """Types, tables, columns, keys and indexes, but for what is corrected; every time has its zone."""
    with transaction() as conn:
        conn.execute(text("CREATE EXTENSION vector SCHEMA public"))
        run_script(conn, "courses/learncraft.sql", "public")
    migrate.upgrade()
    with transaction() as conn:
        documented, ours = definitions(conn, "public"), definitions(conn, "courses")
    # The schema's name is left out, and one of its tables is called like it.
    zoned = {line.replace(" without ", " with ").replace("courses.", "") for line in documented}

    assert CORRECTED == {line for line in zoned - ours if not line.startswith("function ")}


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A team's database with rows in its schema public, to which courses is mapped."""
    del empty_database
    monkeypatch.setenv("SCHEMAS", "courses=public")
    forget()
    with transaction() as conn:
        conn.execute(text("CREATE EXTENSION vector SCHEMA public"))
        run_script(conn, "courses/learncraft.sql", "public")
    with transaction() as conn:
        seeded = seed_course(conn)
        add(conn, "course_progress", enrollment_id=seeded.enrollment)
    yield
    engine().dispose()


@pytest.mark.usefixtures("team")
def test_a_team_that_has_the_tables_keeps_its_rows() -> None:
    """Up and down: every row is as it was; the index of near embeddings is on the team's own column."""
    with transaction() as conn:
        before = rows(conn, "public")
    migrate.upgrade()
    with transaction() as conn:
        adopted = definitions(conn, "public")
    migrate.downgrade("base")
    with transaction() as conn:
        after = rows(conn, "public")

    assert before == after
    assert any("idx_content_embeddings_near" in line for line in adopted)
    assert any(line.endswith("NOT VALID") for line in adopted)


@pytest.mark.usefixtures("team")
def test_a_team_whose_rows_stand_twice_is_told_so_and_changed_in_nothing() -> None:
    """Two rows of progress of one enrollment, which the document allows: keep one, and migrate again."""
    with transaction() as conn:
        enrollment = conn.execute(sql("SELECT id FROM {courses}.enrollments")).scalar_one()
        add(conn, "course_progress", enrollment_id=enrollment)
        before = definitions(conn, "public")
    with pytest.raises(UnfitSchemaError, match=r"1 times rows of course_progress .* \(enrollment_id\)"):
        migrate.upgrade()
    with transaction() as conn:
        assert before == definitions(conn, "public")


@pytest.mark.usefixtures("empty_database")
def test_without_the_extension_the_same_rows_stand_and_no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `vector` is neither there nor to be had: real[] of 1536 numbers."""
    monkeypatch.setattr(near, "_AVAILABLE", text("SELECT false"))
    migrate.upgrade()
    with transaction() as conn:
        found = definitions(conn, "courses")
        _embed(conn, [0.5] * 1536)
        with pytest.raises(IntegrityError, match="content_embeddings_embedding_check"), conn.begin_nested():
            _embed(conn, [0.5] * 1535)

    assert not any("idx_content_embeddings_near" in line for line in found)
    assert "column content_embeddings.embedding real[]" in found


def test_near_embeddings_are_found_by_the_index(conn: Connection) -> None:
    """With the extension: HNSW over the cast, which the planner takes for an order by distance."""
    _embed(conn, [0.5] * 1536)
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    plan = conn.execute(sql("EXPLAIN " + _NEAR), {"asked": [0.25] * 1536}).scalars().all()

    assert "idx_content_embeddings_near" in "".join(plan)
    assert 1 == len(conn.execute(sql(_NEAR), {"asked": [0.25] * 1536}).all())


_NEAR = """
SELECT id FROM {courses}.content_embeddings
ORDER BY CAST(embedding AS vector(1536)) <=> CAST(CAST(:asked AS real[]) AS vector(1536)) LIMIT 5
"""


@pytest.mark.parametrize("table", ONCE)
def test_what_may_be_there_once_is_there_once(conn: Connection, table: str) -> None:
    """One row of progress, one film, one lab, one live session, one live subscription."""
    first = _first(conn, table, seed_course(conn))
    add(conn, table, **first)
    with pytest.raises(IntegrityError, match="duplicate key"), conn.begin_nested():
        add(conn, table, **first | ONCE[table])


def test_an_ended_session_or_subscription_makes_room_for_another(conn: Connection) -> None:
    """The keys hold among those that live."""
    seeded = seed_course(conn)
    for table, ends in {
        "lab_sessions": ("completed", "expired", "failed"),
        "subscriptions": ("cancelled", "expired"),
    }.items():
        first = _first(conn, table, seeded)
        for status in ends:
            add(conn, table, **first | {"status": status})
        add(conn, table, **first)


@pytest.mark.parametrize("table", _DUE)
def test_what_is_due_is_found_by_an_index_of_what_can_be(conn: Connection, table: str) -> None:
    """Rows that are over are in no index that a sweep reads."""
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(conn.execute(sql("EXPLAIN " + _DUE[table])).scalars())

    assert any(name in plan for name in ("_due", "_open", "_there")), plan


def test_labels_in_text_are_the_documents(conn: Connection) -> None:
    """A status, a rung or a type of content that nobody knows is refused."""
    seeded = seed_course(conn)
    for table, wrong in {
        "subscriptions": {"status": "paused"},
        "content_embeddings": {"content_type": "quiz"},
        "video_parts": {"rung": "8k"},
        "lab_containers": {"state": "lost"},
    }.items():
        with pytest.raises(IntegrityError, match="_check"), conn.begin_nested():
            add(conn, table, **_first(conn, table, seeded) | wrong)


def _first(conn: Connection, table: str, seeded: Seeded) -> dict[str, Any]:
    """Make a row that may stand, of a learner of its own."""
    learner = add_user(conn)
    lesson, video = seeded.lessons["reading"], seeded.videos["video"]
    session = {"lab_id": seeded.labs["lab"], "user_id": learner, "status": "running"}
    rows: dict[str, Callable[[], dict[str, Any]]] = {
        "course_progress": lambda: {"enrollment_id": seeded.enrollment},
        "videos": lambda: {"lesson_id": lesson, "title": "One"},
        "labs": lambda: {
            "lesson_id": lesson,
            "template_id": _one(conn, "lab_templates"),
            "title": "One",
            "instructions": "Do.",
            "success_criteria": [],
        },
        "content_embeddings": lambda: {
            "content_type": "lesson",
            "content_id": uuid4(),
            "chunk_index": 0,
            "chunk_text": "One.",
        },
        "answers": lambda: {
            "attempt_id": add(conn, "assessment_attempts", user_id=learner, assessment_id=seeded.assessments["quiz"]),
            "question_id": _one(conn, "questions"),
        },
        "lab_sessions": lambda: session,
        "lab_containers": lambda: {
            "lab_session_id": add(conn, "lab_sessions", **session),
            "reset_no": 0,
            "container_id": "one",
            "host": "here",
        },
        "video_parts": lambda: {
            "video_id": video,
            "rung": "360p",
            "part_no": 0,
            "started_at_ms": 0,
            "ended_at_ms": 60_000,
        },
        "subscriptions": lambda: {
            "user_id": learner,
            "tier": "pro",
            "current_period_start": "2026-01-01+00",
            "current_period_end": "2026-02-01+00",
        },
    }
    return rows[table]()


def _one(conn: Connection, table: str) -> object:
    return conn.execute(sql(f"SELECT id FROM {{courses}}.{table} LIMIT 1")).scalar_one()  # noqa: S608 - a test's own


def _embed(conn: Connection, numbers: list[float]) -> None:
    row = {"content_type": "lesson", "content_id": uuid4(), "chunk_index": 0, "chunk_text": "Words."}
    add(conn, "content_embeddings", **row, embedding=numbers)


@pytest.mark.usefixtures("empty_database")
def test_without_the_extension_a_search_compares_with_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same function finds the same pieces, in the same order, with the same cosines."""
    found = []
    for available in ("SELECT false", "SELECT true"):
        monkeypatch.setattr(near, "_AVAILABLE", text(available))
        migrate.upgrade()
        with transaction() as conn:
            course = seed_course(conn)
            conn.execute(sql("UPDATE {courses}.lessons SET description = title"))
            for at, lesson in enumerate(course.lessons.values()):
                one = [math.cos(at), math.sin(at)] + [0.0] * 1534
                add(
                    conn,
                    "content_embeddings",
                    content_type="lesson",
                    content_id=lesson,
                    chunk_index=0,
                    chunk_text=str(at),
                    embedding=one,
                )
            asked = {"asked": [1.0] + [0.0] * 1535}
            rows = conn.execute(
                sql("SELECT chunk_text, similarity FROM {courses}.search(CAST(:asked AS real[]), 3)"), asked
            ).all()
            found.append([(row.chunk_text, round(row.similarity, 5)) for row in rows])
        migrate.downgrade("base")

    assert found[0] == found[1]
    assert ["0", "1", "2"] == [each[0] for each in found[0]]
