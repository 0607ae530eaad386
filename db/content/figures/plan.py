"""What stands in the database for figures: counts by hour and day, and views that API layers read."""

from __future__ import annotations

from bellwork.db.content.figures.synthetic import SYNTHETIC
from bellwork.db.migrations.plan import Plan, Table

_COUNT = "INTEGER NOT NULL"
_SECONDS = "NUMERIC(12, 3)"
#: The school of a row that counts all of them.
ALL = ""
#: What an hour counts and a day adds up, by the stage at which a request failed.
FAILURES = {
    "failed_understanding": "nlu_processing",
    "failed_clarification": "needs_clarification",
    "failed_cache": "cache_check",
    "failed_script": "generating_script",
    "failed_audio": "generating_audio",
}
COUNTS = ("requests", "served", "hits", "failed", *FAILURES, "films_given_up", "regenerations")
#: What cannot be added up.
PERCENTILES = ("fast_p50", "fast_p95", "full_p50", "full_p95")
STUDENTS = ("active_students", "asking_students", "new_students", "activated_students", "struggling_students")
_SCHOOL = "VARCHAR(50) NOT NULL"
_FIGURES = {
    **dict.fromkeys(COUNTS, _COUNT),
    "cost": "NUMERIC(12, 2) NOT NULL",
    **dict.fromkeys(PERCENTILES, _SECONDS),
}
TABLES = {
    "request_hours": Table(
        {"hour": "TIMESTAMPTZ NOT NULL", "school_id": _SCHOOL, **_FIGURES}, rules=("PRIMARY KEY (hour, school_id)",)
    ),
    "request_days": Table(
        {"day": "DATE NOT NULL", "school_id": _SCHOOL, **_FIGURES}, rules=("PRIMARY KEY (day, school_id)",)
    ),
    "student_days": Table(
        {"day": "DATE NOT NULL", "school_id": _SCHOOL, **dict.fromkeys(STUDENTS, _COUNT)},
        rules=("PRIMARY KEY (day, school_id)",),
    ),
}
INDEXES = {"content_requests": {"idx_content_requests_created": "(created_at)"}}


def percent(part: str, of: str) -> str:
    """Write a share in per cent to two decimals, as the document's query does; NULL of nothing."""
    return f"round(100.0 * {part} / nullif({of}, 0), 2)"


_HIT_RATE = f"{percent('hits', 'served')} AS cache_hit_rate_percent"
_HOURLY = f"SELECT {{content}}.request_hours.*, {_HIT_RATE} FROM {{content}}.request_hours"  # noqa: S608 - ours
_DAILY = f"""
SELECT day, school_id, {", ".join(f"r.{name}" for name in (*COUNTS, "cost", *PERCENTILES))}, {_HIT_RATE},
       {", ".join(f"s.{name}" for name in STUDENTS)},
       {percent("s.asking_students", "s.active_students")} AS adoption_percent,
       {percent("s.activated_students", "s.new_students")} AS activation_percent
FROM {{content}}.request_days r FULL JOIN {{content}}.student_days s USING (day, school_id)
"""  # noqa: S608 - names of ours
# vividly.md, Struggling Students Report; feedback is counted apart from progress, which multiplies none.
_STRUGGLING = f"""
SELECT u.id, u.first_name, u.last_name, u.org_id AS school_id, p.struggling_topics,
       (SELECT count(*) FROM {{content}}.feedback f
        WHERE f.student_id = u.id AND f.feedback_type = 'make_simpler') AS simplify_requests, p.topics
FROM (SELECT sp.student_id, count(*) AS struggling_topics, array_agg(t.title ORDER BY t.title) AS topics
      FROM {{content}}.student_progress sp JOIN {{content}}.topics t ON t.id = sp.topic_id
      WHERE sp.status = 'struggling' GROUP BY sp.student_id HAVING count(*) >= 2) p
JOIN {{content}}.users u ON u.id = p.student_id
WHERE u.role = 'student' AND u.deleted_at IS NULL AND u.id <> '{SYNTHETIC}'
"""  # noqa: S608 - fragments of ours
#: What API layers read.
VIEWS = {"hourly_figures": _HOURLY, "daily_figures": _DAILY, "struggling_students": _STRUGGLING}
FIGURES = Plan(
    system="content",
    revision="0004",
    document="vividly.md",
    types={},
    functions={},
    tables=TABLES,
    indexes=INDEXES,
    checks={},
    triggers={},
    views=VIEWS,
)
