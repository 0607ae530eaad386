"""Search among texts of courses: by the index, beside a scan of all, and how many of the nearest the index finds."""

from __future__ import annotations

from functools import partial
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db import engine
from bellwork.db.courses.embeddings.plan import EF_SEARCH, exact_search
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.sql import sql
from bellwork.tasks.providers.embeddings import HashedWords
from tests.benchmarks import apart
from tests.benchmarks.course_texts import WORDS, Writer
from tests.benchmarks.measure import interleaved, say, spread
from tests.benchmarks.section import Section
from tests.benchmarks.spent import Spent, spent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Search among texts of courses"
INDEX, SCAN, EXACT = "courses.search, HNSW", "the same, pgvector without its index", "courses.search without pgvector"
_COLUMNS = ["", "ms a search", "times faster than the scan", "CPU ms", "recall of 10"]
_NOTE = (
    "{count:,} pieces of {words} words, {questions} questions of 12 words, hashed to 1536 numbers. Texts are"
    " sentences of a chain over the pages of Python's manual, half of each text's from one page: its vocabulary in its"
    " frequencies, and nothing drawn around centres. Recall: of the ten nearest by the scan, how many the index names,"
    " as a mean over the questions; the worst question {worst:.2f}. m 16, ef_construction 64, ef_search {ef}; the index"
    " was built in {built:.0f} s. Searches go through the function, with its look at what is published. {rounds}"
    " rounds; without pgvector {few} questions a round."
)
_LAY_OUT = """
INSERT INTO courses.users (id, email, password_hash, first_name, last_name)
VALUES (md5('u')::uuid, 'u@example.org', '', 'A', 'B');
INSERT INTO courses.courses (id, instructor_id, title, slug, category, skill_level, status)
VALUES (md5('c')::uuid, md5('u')::uuid, 'C', 'c', 'devops', 'expert', 'published');
INSERT INTO courses.modules (id, course_id, title, order_index) VALUES (md5('m')::uuid, md5('c')::uuid, 'M', 1);
INSERT INTO courses.lessons (id, module_id, title, description, lesson_type, order_index)
SELECT md5('l' || n)::uuid, md5('m')::uuid, 'L', 'Words.', 'reading', n FROM generate_series(0, {lessons}) n;
"""
_COPY = b"""
COPY courses.content_embeddings (content_type, content_id, chunk_index, chunk_text, embedding) FROM STDIN
"""
_DEFINITION = "SELECT pg_get_indexdef(CAST('courses.idx_content_embeddings_near' AS regclass))"
_NEAREST = """
SELECT e.content_id, e.chunk_index,
       1 - (CAST(e.embedding AS vector(1536)) <=> CAST(CAST(:asked AS real[]) AS vector(1536)))
FROM courses.content_embeddings e
ORDER BY CAST(e.embedding AS vector(1536)) <=> CAST(CAST(:asked AS real[]) AS vector(1536)) LIMIT 10
"""
_SEARCH = "SELECT content_id, chunk_index, similarity FROM courses.{name}(CAST(:asked AS real[]), 10)"
#: Questions of a round without pgvector: one takes seconds.
_FEW = 2
#: Pieces of a lesson.
_PIECES = 10


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the index beside the scan, on the same rows and questions."""
    count, questions = plan.pick(quick=4_000, full=100_000), plan.pick(quick=20, full=50)
    with apart.database(apart.Ground(arena.database_url, "", has_partman=False)):
        apart.migrated()
        engine.forget()
        built = _laid_out(count)
        asked = _questions(questions)
        nearest = [_rows(_NEAREST, one, scan=True) for one in asked]
        recalls = [
            _recall(_rows(_SEARCH.format(name="search"), one), found) for one, found in zip(asked, nearest, strict=True)
        ]
        ways: dict[str, Callable[[], Spent]] = {
            INDEX: partial(_each, _SEARCH.format(name="search"), asked),
            SCAN: partial(_each, _NEAREST, asked[: max(5, questions // 5)], scan=True),
            EXACT: partial(_each, _SEARCH.format(name="search_exact"), asked[:_FEW]),
        }
        say("searching")
        found = interleaved(ways, plan.rounds)
    note = _NOTE.format(
        count=count,
        words=WORDS,
        questions=questions,
        worst=min(recalls),
        ef=EF_SEARCH,
        built=built,
        rounds=plan.rounds,
        few=_FEW,
    )
    values: dict[str, Any] = {
        name: {"seconds": [one.seconds for one in all_], "cpu_seconds": [one.cpu for one in all_]}
        for name, all_ in found.items()
    }
    values["recall"] = recalls
    rows = [_row(name, found, mean(recalls) if name == INDEX else 1.0) for name in found]
    return Section("courses_search", HEADING, _COLUMNS, rows, [note], values)


def _laid_out(count: int) -> float:
    """Fill the tables, then make the index over them, as a database is restored; returns the seconds that it took."""
    say(f"writing {count:,} texts")
    writer, embedder = Writer(1), HashedWords()
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        definition = conn.execute(text(_DEFINITION)).scalar_one()
        conn.execute(text("DROP INDEX courses.idx_content_embeddings_near"))
        psycopg_of(conn).execute(_LAY_OUT.format(lessons=count // _PIECES).encode())
        ids = list(conn.execute(text("SELECT id FROM courses.lessons ORDER BY order_index")).scalars())
        with psycopg_of(conn).cursor().copy(_COPY) as copy:
            for at in range(count):
                written = writer.text()
                [numbers] = embedder.embed([written])
                array = "{" + ",".join(f"{number:.6g}" for number in numbers) + "}"
                copy.write_row(("lesson", ids[at // _PIECES], at % _PIECES, written, array))
    say("making the index")
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        conn.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
        built = spent(lambda: conn.exec_driver_sql(definition)).seconds
        conn.execute(
            sql(
                exact_search()
                .replace("FUNCTION {courses}.search(", "FUNCTION {courses}.search_exact(")
                .replace("search.most", "search_exact.most")
            )
        )
        conn.execute(text("ANALYZE courses.content_embeddings"))
    return built


def _questions(count: int) -> list[list[float]]:
    writer = Writer(2)
    return HashedWords().embed([writer.text(12) for _ in range(count)])


def _rows(statement: str, asked: Sequence[float], *, scan: bool = False) -> list[tuple[Any, int, float]]:
    with transaction() as conn:
        conn.execute(text("SET LOCAL statement_timeout = 0"))
        if scan:
            conn.execute(text("SET LOCAL enable_indexscan = off"))
        return [(row[0], row[1], row[2]) for row in conn.execute(text(statement), {"asked": list(asked)})]


def _each(statement: str, asked: Sequence[Sequence[float]], *, scan: bool = False) -> Spent:
    return spent(lambda: [_rows(statement, one, scan=scan) for one in asked]).times(1 / len(asked))


def _recall(found: list[tuple[Any, int, float]], nearest: list[tuple[Any, int, float]]) -> float:
    """Return which share is as near as the last of the nearest: of those that are equally near any will do."""
    last = nearest[-1][2] - 1e-6
    return sum(near >= last for _, _, near in found) / len(nearest)


def _row(name: str, found: dict[str, list[Spent]], recall: float) -> list[str]:
    seconds = {way: median(one.seconds for one in found[way]) for way in (name, SCAN)}
    return [
        name,
        spread([1000 * one.seconds for one in found[name]], 1),
        f"{seconds[SCAN] / seconds[name]:.1f}",
        spread([1000 * one.cpu for one in found[name]], 1),
        f"{recall:.3f}",
    ]
