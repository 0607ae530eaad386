"""Texts of published courses are embedded once for each change, found by search, and gone when they are."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.courses.embeddings import search as near
from bellwork.db.courses.seed import Seeded, seed_course
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses.embeddings.embed import embed_changed, embed_content, embed_course
from bellwork.tasks.courses.embeddings.search import search_texts
from bellwork.tasks.providers.embeddings import HashedWords
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.ops.desk import ask as command
from tests.tasks.courses.place import ask, at_once, change, one

if TYPE_CHECKING:
    from uuid import UUID

INDEXES = "An index is a sorted copy of a column. It makes queries faster, because fewer pages are read."
ROMANS = "Roman roads were straight. Legions built them, and merchants used them for a thousand years."
_ROWS = """
SELECT id, chunk_index, chunk_text FROM {courses}.content_embeddings WHERE content_id = :id ORDER BY chunk_index
"""


@pytest.fixture
def course(seeded: Seeded) -> Seeded:
    """A published course with one text: its reading, about indexes."""
    write(seeded, INDEXES)
    change("UPDATE {courses}.labs SET instructions = ''")
    change("TRUNCATE {courses}.embedded_contents")
    return seeded


def write(course: Seeded, text: str, kind: str = "reading") -> UUID:
    """Give a lesson a text."""
    change("UPDATE {courses}.lessons SET description = :text WHERE id = :id", text=text, id=course.lessons[kind])
    return course.lessons[kind]


def pieces(lesson: UUID) -> list[tuple[Any, ...]]:
    """Return what is embedded of a lesson."""
    return ask(_ROWS, id=lesson)


def embedded(lesson: UUID) -> str:
    """Have a lesson embedded; returns the state of the job."""
    return str(run_inline(embed_content, content_type="lesson", content_id=lesson)["state"])


def test_a_text_is_embedded_once_for_each_change(course: Seeded) -> None:
    """Thrice delivered and by eight at once it is the same rows; another text has others, all in place of these."""
    lesson = course.lessons["reading"]
    assert ["done"] * 8 == at_once(lambda: embedded(lesson))
    first = pieces(lesson)
    assert "done" == embedded(lesson)
    assert first == pieces(lesson)
    assert [(0, INDEXES)] == [row[1:] for row in first]

    write(course, ROMANS + "\n\n" + "word " * 400)
    assert "done" == embedded(lesson)
    after = pieces(lesson)
    assert [0, 1, 2] == [row[1] for row in after]
    assert not {row[0] for row in first} & {row[0] for row in after}
    assert [3] == [row[0] for row in ask("SELECT chunks FROM {courses}.embedded_contents")]


def test_the_sweep_finds_what_nobody_told_of(course: Seeded) -> None:
    """A new text, a changed one, one by another model, one that is gone; and of what is as it was nothing is sent."""
    lesson = course.lessons["reading"]

    def swept() -> int:
        run_inline(embed_changed)
        sent = len(enqueued("courses.embed_content"))
        drain()
        return sent

    assert [1, 0] == [swept(), swept()]
    write(course, ROMANS)
    assert [1, 0] == [swept(), swept()]
    assert ROMANS == pieces(lesson)[0][2]
    change("UPDATE {courses}.embedded_contents SET model = 'another'")
    assert [1, 0] == [swept(), swept()]
    change("UPDATE {courses}.courses SET status = 'archived'")
    assert [1, 0] == [swept(), swept()]
    assert [] == pieces(lesson) == ask("SELECT FROM {courses}.embedded_contents")


def test_of_a_text_without_end_the_beginning_is_embedded(course: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever pastes a book costs no worker its memory; one of nothing but line breaks has no pieces."""
    monkeypatch.setitem(embed_content.fn.__globals__, "MOST", len(INDEXES))
    lesson = write(course, INDEXES + " " + ROMANS)
    assert "done" == embedded(lesson)
    assert [INDEXES] == [row[2] for row in pieces(lesson)]
    write(course, "\n\n")
    assert "done" == embedded(lesson)
    assert [] == pieces(lesson)


@pytest.mark.parametrize("gone", ["deleted", "empty", "draft"])
def test_what_may_not_be_searched_has_no_embeddings(course: Seeded, gone: str) -> None:
    """It is not found from the commit on that takes it away, and the next job for it deletes what was embedded."""
    lesson = course.lessons["reading"]
    embedded(lesson)
    assert 1 == len(search_texts("index"))
    change(
        {
            "deleted": "UPDATE {courses}.courses SET deleted_at = now()",
            "empty": "UPDATE {courses}.lessons SET description = '  '",
            "draft": "UPDATE {courses}.courses SET status = 'draft'",
        }[gone]
    )
    assert [] == search_texts("index")
    assert 1 == len(pieces(lesson))
    assert "done" == embedded(lesson)
    assert [] == pieces(lesson)


def test_a_text_that_changes_while_it_is_embedded_is_embedded_again(
    course: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked for before is thrown away: its rows are never the older text's."""
    lesson, hashed = course.lessons["reading"], HashedWords.embed

    def slow(self: HashedWords, texts: Any) -> Any:
        monkeypatch.undo()
        write(course, ROMANS)
        return hashed(self, texts)

    monkeypatch.setattr(HashedWords, "embed", slow)
    assert "done" == embedded(lesson)
    assert [] == pieces(lesson)
    drain()
    assert [ROMANS] == [row[2] for row in pieces(lesson)]


def test_whoever_comes_late_with_an_older_text_changes_nothing(course: Seeded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once, one of which read the text before it changed: the newer one's rows stay."""
    lesson, gate, later = course.lessons["reading"], threading.Event(), threading.Event()
    hashed = HashedWords.embed

    def wait(self: HashedWords, texts: Any) -> Any:
        if threading.current_thread().name == "late":
            gate.set()
            later.wait(30)
        return hashed(self, texts)

    monkeypatch.setattr(HashedWords, "embed", wait)
    late = threading.Thread(target=embedded, args=(lesson,), name="late")
    late.start()
    assert gate.wait(30)
    write(course, ROMANS)
    embedded(lesson)
    newer = pieces(lesson)
    later.set()
    late.join()

    assert newer == pieces(lesson)
    assert ROMANS == newer[0][2]


def test_publishing_sends_for_every_text_of_a_course(course: Seeded) -> None:
    """In the same commit, each once while it waits."""
    for _ in range(2):
        with transaction() as conn:
            embed_course(conn, course.course)
    assert [{"content_type": "lesson", "content_id": str(course.lessons["reading"])}] == [
        job["args"] for job in enqueued("courses.embed_content")
    ]


def test_search_finds_the_nearest_first_and_is_narrowed(course: Seeded) -> None:
    """Of another course, of another type, by another model: nothing; the command shows the same."""
    lesson = course.lessons["reading"]
    with transaction() as conn:
        other = seed_course(conn, "History")
    write(other, ROMANS)
    run_inline(embed_changed)
    drain()
    hits = search_texts("How does an index make queries faster?", 2)
    [asked] = HashedWords().embed(["index"])
    with transaction() as conn:
        nothing = [near(conn, asked, types=["video"]), near(conn, asked, model="another")]
    said = json.loads(command("search", "Who used Roman roads?", "--most", "1", "--json").out)

    assert (lesson, course.course, lesson, INDEXES) == (hits[0][1], hits[0][2], hits[0][3], hits[0].chunk_text)
    assert hits[0].similarity > hits[1].similarity
    assert [other.course] == [each.course_id for each in search_texts("index", course=other.course)][:1]
    assert [[], []] == nothing
    assert [("courses", "lesson", ROMANS)] == [(each["system"], each["kind"], each["text"]) for each in said["found"]]
    assert "Roman" in command("search", "Who used Roman roads?").out


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("search('{1}')", "asked has 1 numbers"),
        ("search(NULL)", "asked has 0 numbers"),
        ("search(array_fill(1::real, ARRAY[1536]), 0)", "most is 0"),
        ("search(array_fill(1::real, ARRAY[1536]), 101)", "most is 101"),
    ],
)
@pytest.mark.usefixtures("empty")
def test_what_cannot_be_searched_is_told(call: str, why: str) -> None:
    """With what is asked for instead."""
    with pytest.raises(Exception, match=why):
        ask(f"SELECT * FROM {{courses}}.{call}")  # noqa: S608 - ours


@pytest.mark.usefixtures("empty")
def test_what_the_command_and_the_job_refuse() -> None:
    """An empty text, a system that searches nothing, a type that there is not."""
    assert "TEXT is empty" in command("search", " ").err
    assert "there are courses" in command("search", "x", "--in", "content").err
    assert "Nothing is near" in command("search", "x").out
    job = run_inline(embed_content, content_type="quiz", content_id="6f1c6a2e-0000-4000-8000-000000000000")
    assert "dead" == job["state"]
    assert 0 == one("SELECT count(*) FROM {courses}.content_embeddings")


def test_the_index_is_asked(course: Seeded) -> None:
    """With pgvector the order by distance is the index's, also behind the filters."""
    embedded(course.lessons["reading"])
    with transaction() as conn:
        [text] = conn.execute(
            sql("SELECT prosrc FROM pg_proc WHERE oid = CAST('{courses}.search' AS regproc)")
        ).scalars()
        body = text[text.index("SELECT e.content_type") : text.index("ORDER BY")]
        order = "CAST(e.embedding AS public.vector(1536)) OPERATOR(public.<=>) CAST(asked AS public.vector(1536))"
        statement = f"EXPLAIN {body} ORDER BY {order} LIMIT 10"
        for name, value in {
            "of_types": "CAST(NULL AS text[])",
            "of_course": "CAST(NULL AS uuid)",
            "of_model": "CAST(NULL AS text)",
            "asked": "array_fill(CAST(0.5 AS real), ARRAY[1536])",
        }.items():
            statement = statement.replace(name, value)
        conn.execute(sql("SET LOCAL enable_seqscan = off"))
        plan = conn.execute(sql(statement)).scalars()
        assert "Index Scan using idx_content_embeddings_near" in "".join(plan)
