"""Triggers that note every change once they are switched on: three tables, and one function for each, all alike."""

from __future__ import annotations

#: The rows of a statement that are noted: whose they are, when they count, and where from; `[rows]` are the old or the
#: new ones. What is said of a session counts for the session's tutor, on the session's day.
_NOTED = {
    "note_sessions": ("tutor_id", "scheduled_start", "[rows]"),
    "note_feedback": ("s.tutor_id", "s.scheduled_start", "[rows] JOIN {tutoring}.sessions s USING (session_id)"),
    "note_events": ("tutor_id", "event_timestamp", "[rows] WHERE event_type IN ('login', 'message_response')"),
}
_FUNCTION = """
        CREATE OR REPLACE FUNCTION {tutoring}.[name]() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP IN ('INSERT', 'UPDATE') THEN
                [note new_rows]
            END IF;
            IF TG_OP IN ('DELETE', 'UPDATE') THEN
                [note old_rows]
            END IF;
            RETURN NULL;
        END $$
"""
# A statement's rows of one tutor and day are one note.
_NOTE = """PERFORM {tutoring}.note_changes(array_agg(d.tutor_id), array_agg(d.at)) FROM (
                    SELECT [tutor], min([moment]) AS at FROM [from]
                    GROUP BY [tutor], CAST([moment] AT TIME ZONE 'UTC' AS date)) AS d HAVING count(*) > 0;"""


def _function(name: str, tutor: str, moment: str, rows: str) -> str:
    note = _NOTE.replace("[from]", rows).replace("[tutor]", tutor).replace("[moment]", moment)
    text = _FUNCTION.replace("[name]", name)
    for which in ("new_rows", "old_rows"):
        text = text.replace(f"[note {which}]", note.replace("[rows]", which))
    return text


NOTING = {f"{name}()": _function(name, *noted) for name, noted in _NOTED.items()}

_TABLES = {"sessions": "note_sessions", "student_feedback": "note_feedback", "tutor_events": "note_events"}
TRIGGERS = {
    table: {
        "note_inserted": f"AFTER INSERT ON {{tutoring}}.{table} REFERENCING NEW TABLE AS new_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {{tutoring}}.{function}()",
        "note_updated": f"AFTER UPDATE ON {{tutoring}}.{table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {{tutoring}}.{function}()",
        "note_deleted": f"AFTER DELETE ON {{tutoring}}.{table} REFERENCING OLD TABLE AS old_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {{tutoring}}.{function}()",
    }
    for table, function in _TABLES.items()
}
