"""The texts of courses that may be searched, and the search: by an index where pgvector is there, else by all."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table

# What a learner may read: of published courses, and neither solutions nor drafts.
_TEXTS = """
SELECT t.content_type, t.content_id, t.course_id, t.lesson_id, t.title, t.body,
       encode(sha256(convert_to(t.title || E'\\n' || t.body, 'UTF8')), 'hex') AS hash
FROM (
    SELECT CAST('lesson' AS text) AS content_type, l.id AS content_id, m.course_id, l.id AS lesson_id, l.title,
           btrim(l.description) AS body
    FROM {courses}.lessons l JOIN {courses}.modules m ON m.id = l.module_id
    UNION ALL
    SELECT 'video', v.id, m.course_id, l.id, v.title, btrim(v.transcript)
    FROM {courses}.videos v
    JOIN {courses}.lessons l ON l.id = v.lesson_id JOIN {courses}.modules m ON m.id = l.module_id
    WHERE v.status = 'ready'
    UNION ALL
    SELECT 'lab', b.id, m.course_id, l.id, b.title, btrim(concat_ws(E'\\n\\n', b.description, b.instructions))
    FROM {courses}.labs b
    JOIN {courses}.lessons l ON l.id = b.lesson_id JOIN {courses}.modules m ON m.id = l.module_id
) AS t JOIN {courses}.courses c ON c.id = t.course_id
WHERE t.body <> '' AND c.status = 'published' AND c.deleted_at IS NULL
"""
#: The parameters and columns of the search, whichever way it goes.
SIGNATURE = "search(real[], integer, uuid, text[], text)"
_HEAD = """
CREATE OR REPLACE FUNCTION {courses}.search(
    asked real[], most integer DEFAULT 10, of_course uuid DEFAULT NULL, of_types text[] DEFAULT NULL,
    of_model text DEFAULT NULL)
RETURNS TABLE (
    content_type text, content_id uuid, course_id uuid, lesson_id uuid, title text, chunk_index integer,
    chunk_text text, similarity double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp[settings] AS $$
#variable_conflict use_column
BEGIN
    IF asked IS NULL OR cardinality(asked) <> 1536 OR array_position(asked, NULL) IS NOT NULL THEN
        RAISE EXCEPTION 'search: asked has % numbers; give the 1536 of an embedding', coalesce(cardinality(asked), 0)
            USING ERRCODE = '22023';
    END IF;
    IF most IS NULL OR most NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION 'search: most is %; give 1 to 100', coalesce(CAST(most AS text), 'NULL')
            USING ERRCODE = '22023';
    END IF;
    RETURN QUERY
    WITH near AS MATERIALIZED (
        SELECT e.content_type, e.content_id, e.chunk_index, e.chunk_text, [distance] AS distance
        FROM {courses}.content_embeddings e
        WHERE e.embedding IS NOT NULL AND (of_types IS NULL OR e.content_type = ANY(of_types))
          AND (SELECT (of_course IS NULL OR s.course_id = of_course) AND (of_model IS NULL OR m.model = of_model)
               FROM {courses}.searchable_texts s
               LEFT JOIN {courses}.embedded_contents m
                   ON m.content_type = s.content_type AND m.content_id = s.content_id
               WHERE s.content_type = e.content_type AND s.content_id = e.content_id)
        ORDER BY [distance] LIMIT search.most
    )
    SELECT n.content_type::text, n.content_id, s.course_id, s.lesson_id, s.title::text, n.chunk_index, n.chunk_text,
           1 - n.distance
    FROM near n JOIN {courses}.searchable_texts s ON s.content_type = n.content_type AND s.content_id = n.content_id
    ORDER BY n.distance, n.content_type, n.content_id, n.chunk_index;
END $$
"""
# A subquery that returns one value is asked for each row that the index yields; as a join it would be asked for all.
_INDEXED = "CAST(e.embedding AS [schema].vector(1536)) OPERATOR([schema].<=>) CAST(asked AS [schema].vector(1536))"
_SETTINGS = " SET hnsw.ef_search = [ef] SET hnsw.iterative_scan = strict_order"
#: Embeddings have length 1: their product is the cosine.
_EXACT = "(SELECT 1 - sum(CAST(u.x AS float8) * u.y) FROM unnest(CAST(e.embedding AS real[]), asked) AS u(x, y))"
#: Candidates that the index keeps while it looks (pgvector's hnsw.ef_search): see tests/benchmarks/README.md.
EF_SEARCH = 200


def exact_search() -> str:
    """Return the function that compares with all embeddings."""
    return _HEAD.replace("[distance]", _EXACT).replace("[settings]", "")


def indexed_search(schema: str) -> str:
    """Return the function that asks the index; `schema` is the extension's, quoted.

    It goes on where filters leave too little, as pgvector does from 0.8 on.
    """
    settings = _SETTINGS.replace("[ef]", str(EF_SEARCH))
    return _HEAD.replace("[distance]", _INDEXED).replace("[schema]", schema).replace("[settings]", settings)


EMBEDDINGS = Plan(
    system="courses",
    revision="0004",
    document="learncraft.md",
    types={},
    functions={},
    tables={
        "embedded_contents": Table(
            {
                "content_type": "TEXT NOT NULL",
                "content_id": "UUID NOT NULL",
                "hash": "TEXT NOT NULL",
                "model": "TEXT NOT NULL",
                "chunks": "INTEGER NOT NULL",
                "embedded_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            },
            rules=("PRIMARY KEY (content_type, content_id)",),
        ),
    },
    indexes={},
    checks={},
    triggers={},
    views={"searchable_texts": _TEXTS},
)
