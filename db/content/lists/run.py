"""Whose turn it is: the reading of an upload begins, goes on in small commits, is cancelled, and ends.

An attempt writes its name into `class_lists.run`, and every later commit of it asks whether that still stands there:
so of two that read one file at once, whoever came later goes on, and the other one writes nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A statement of a large list may take as long as this; the lists' own time limit comes before it.
LONG = "30min"
_LOCK = """
SELECT u.school_id, u.file_path, CAST(u.status AS text) AS status,
       o.org_type = 'school' AND o.deleted_at IS NULL AS is_school, o.name, o.metadata ->> 'sourcedId' AS source
FROM {content}.bulk_upload_jobs u JOIN {content}.organizations o ON o.id = u.school_id
WHERE u.id = :id FOR NO KEY UPDATE OF u
"""
_BEGIN = """
INSERT INTO {content}.class_lists AS l (upload_id, run, stage) VALUES (:id, :run, 'reading')
ON CONFLICT (upload_id) DO UPDATE SET run = :run, stage = 'reading', format = NULL, encoding = NULL, delimiter = NULL,
    warnings = '[]', processed_rows = 0, written_rows = 0, reason = NULL
RETURNING CAST(role AS text) AS role, grade_level, class_id, atomic, dry_run, leavers, invite, errors_path,
          cancelled_at IS NOT NULL AS is_cancelled
"""
_PROCESSING = """
UPDATE {content}.bulk_upload_jobs SET status = 'processing', started_at = coalesce(started_at, now()),
    completed_at = NULL WHERE id = :id
"""
# Before the list's own row, as whoever cancels it does: held the other way round, the two would wait for each other.
_HOLD = "SELECT FROM {content}.bulk_upload_jobs WHERE id = :id FOR NO KEY UPDATE"
_GO_ON = """
UPDATE {content}.class_lists SET stage = :stage, processed_rows = coalesce(:processed, processed_rows),
    written_rows = coalesce(:written, written_rows)
WHERE upload_id = :id AND run = :run AND cancelled_at IS NULL
"""
_WHY = "SELECT run = :run AS ours FROM {content}.class_lists WHERE upload_id = :id"
_DESCRIBE = """
UPDATE {content}.class_lists SET format = :format, encoding = :encoding, delimiter = :delimiter,
    warnings = to_jsonb(CAST(:warnings AS text[])) WHERE upload_id = :id AND run = :run
"""
_WARN = """
UPDATE {content}.class_lists SET warnings = warnings || to_jsonb(CAST(:warning AS text))
WHERE upload_id = :id AND NOT warnings @> to_jsonb(CAST(:warning AS text))
"""
_ERRORS = "UPDATE {content}.class_lists SET errors_path = :path WHERE upload_id = :id AND run = :run"
_ROWS = "UPDATE {content}.bulk_upload_jobs SET total_rows = :rows WHERE id = :id"
_MADE = "SELECT count(*) FROM {content}.invitations WHERE upload_id = :id"
_END = """
WITH ended AS (
    UPDATE {content}.bulk_upload_jobs SET status = CAST(CAST(:status AS text) AS {content}.job_status),
        completed_at = now(), total_rows = :total, successful_count = :successful, failed_count = :failed,
        error_log = CAST(:errors AS jsonb)
    WHERE id = :id AND status = 'processing' RETURNING id
)
UPDATE {content}.class_lists l SET stage = 'done', reason = :reason, created_count = :created, known_count = :known,
    place_count = :places, left_count = :leaving FROM ended WHERE l.upload_id = ended.id
"""
_GIVE_UP = """
WITH ended AS (
    UPDATE {content}.bulk_upload_jobs SET status = 'failed', completed_at = now()
    WHERE id = :id AND status IN ('queued', 'processing') RETURNING id
)
INSERT INTO {content}.class_lists AS l (upload_id, stage, reason) SELECT id, 'done', :reason FROM ended
ON CONFLICT (upload_id) DO UPDATE SET stage = 'done', reason = :reason, run = NULL
"""
_CLEAR = (
    "DELETE FROM {content}.listed_people WHERE upload_id = :id",
    "DELETE FROM {content}.listed_facts WHERE upload_id = :id",
)
_STRAYS = """
WITH RECURSIVE each AS (
    (SELECT upload_id FROM {content}.listed_people ORDER BY upload_id LIMIT 1)
    UNION ALL SELECT (SELECT p.upload_id FROM {content}.listed_people p WHERE p.upload_id > each.upload_id
                      ORDER BY p.upload_id LIMIT 1) FROM each WHERE each.upload_id IS NOT NULL
)
SELECT upload_id FROM each WHERE upload_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM {content}.bulk_upload_jobs u WHERE u.id = each.upload_id AND u.status = 'processing')
"""


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Somebody cancelled the upload: nothing more is written."""


class Superseded(Exception):  # noqa: N818 - it is no error
    """Another attempt, or another job, reads this upload now, or it is gone: nothing more is written."""


class Order(NamedTuple):
    """An upload and what is asked of it; `role`, `grade_level` and `class_id` are for what its file lacks."""

    upload_id: str
    run: str
    school_id: str
    file_path: str
    role: str
    grade_level: int | None
    class_id: str | None
    atomic: bool
    dry_run: bool
    leavers: bool
    invite: bool
    errors_path: str
    school_names: frozenset[str]


class Outcome(NamedTuple):
    """How a list ended: its rows in numbers, the first of its errors, and a reason where all of it was refused."""

    status: str
    total: int = 0
    failed: int = 0
    created: int = 0
    known: int = 0
    places: int = 0
    leaving: int = 0
    errors: str = "[]"
    reason: str | None = None

    @property
    def successful(self) -> int:
        """The rows that were, or would be, done."""
        return self.total - self.failed if self.status == "completed" else 0


def begin(conn: Connection, upload_id: str, run: str) -> Order | None:
    """Begin with an upload from its first row, whoever was at it; None where it is over, or was cancelled just now.

    Raises LookupError where there is no such upload.
    """
    upload = conn.execute(sql(_LOCK), {"id": upload_id}).one_or_none()
    if upload is None:
        raise LookupError(upload_id)
    if upload.status in {"completed", "failed"}:
        return None
    names = frozenset(name.casefold() for name in (upload.school_id, upload.name, upload.source) if name)
    found = conn.execute(sql(_BEGIN), {"id": upload_id, "run": run}).one()
    conn.execute(sql(_PROCESSING), {"id": upload_id})
    clear(conn, upload_id)
    asked = (found.role, found.grade_level, found.class_id, found.atomic, found.dry_run, found.leavers, found.invite)
    order = Order(upload_id, run, upload.school_id, upload.file_path, *asked, found.errors_path, names)
    if found.is_cancelled or not upload.is_school:
        reason = "cancelled before a row was read" if found.is_cancelled else "the upload's school is none any more"
        end(conn, order, Outcome("failed", reason=reason))
        return None
    return order


def go_on(
    conn: Connection, order: Order, stage: str, *, processed: int | None = None, written: int | None = None
) -> None:
    """Note how far it is, and hold the list until the commit; raises Cancelled or Superseded."""
    asked = {"id": order.upload_id, "run": order.run, "stage": stage, "processed": processed, "written": written}
    conn.execute(sql(_HOLD), {"id": order.upload_id})
    if conn.execute(sql(_GO_ON), asked).rowcount:
        return
    ours = conn.execute(sql(_WHY), {"id": order.upload_id, "run": order.run}).scalar()
    raise Cancelled if ours else Superseded


def describe(conn: Connection, order: Order, kind: str, encoding: str, delimiter: str, warnings: list[str]) -> None:  # noqa: PLR0913, PLR0917 - columns
    """Note what the file turned out to be."""
    asked = {"format": kind, "encoding": encoding, "delimiter": delimiter, "warnings": warnings}
    conn.execute(sql(_DESCRIBE), {"id": order.upload_id, "run": order.run, **asked})


def add_warning(conn: Connection, order: Order, warning: str) -> None:
    """Add a warning to those that stand there, once."""
    conn.execute(sql(_WARN), {"id": order.upload_id, "warning": warning})


def note_errors_path(conn: Connection, order: Order, path: str) -> None:
    """Note where the list of errors will lie, before it does."""
    conn.execute(sql(_ERRORS), {"id": order.upload_id, "run": order.run, "path": path})


def note_rows(conn: Connection, order: Order, rows: int) -> None:
    """Note how many rows the file has."""
    conn.execute(sql(_ROWS), {"id": order.upload_id, "rows": rows})


def count_made(conn: Connection, order: Order) -> int:
    """Count the users that an upload has made so far."""
    return int(conn.execute(sql(_MADE), {"id": order.upload_id}).scalar_one())


def end(conn: Connection, order: Order, outcome: Outcome) -> None:
    """End it, with its numbers, and forget its rows."""
    asked = {**outcome._asdict(), "id": order.upload_id, "successful": outcome.successful}
    conn.execute(sql(_END), asked)
    clear(conn, order.upload_id)


def give_up(conn: Connection, upload_id: str, reason: str) -> None:
    """End an upload whose job is dead; nobody writes for it any more."""
    conn.execute(sql(_GIVE_UP), {"id": upload_id, "reason": reason[:500]})
    clear(conn, upload_id)


def take_time(conn: Connection) -> None:
    """Let statements of this transaction take as long as a large list needs."""
    conn.exec_driver_sql(f"SET LOCAL statement_timeout = '{LONG}'")


def clear(conn: Connection, upload_id: str) -> None:
    """Forget the rows of an upload that were read."""
    take_time(conn)
    for statement in _CLEAR:
        conn.execute(sql(statement), {"id": upload_id})


def clear_strays(conn: Connection) -> None:
    """Forget rows of uploads that nobody reads any more: somebody cancelled the job itself, or deleted the upload."""
    for upload_id in conn.execute(sql(_STRAYS)).scalars().all():
        clear(conn, upload_id)
