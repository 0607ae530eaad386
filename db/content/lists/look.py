"""How an upload stands, for whoever handed it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_LOOK = """
SELECT b.id, b.school_id, CAST(b.status AS text) AS status, l.stage, l.format, l.encoding, l.delimiter,
       coalesce(l.warnings, '[]') AS warnings, b.total_rows, coalesce(l.processed_rows, 0) AS processed_rows,
       coalesce(l.written_rows, 0) AS written_rows, coalesce(b.successful_count, 0) AS successful_count,
       coalesce(b.failed_count, 0) AS failed_count, coalesce(l.created_count, 0) AS created_count,
       coalesce(l.known_count, 0) AS known_count, coalesce(l.place_count, 0) AS place_count,
       coalesce(l.left_count, 0) AS left_count, coalesce(l.atomic, false) AS atomic,
       coalesce(l.dry_run, false) AS dry_run, l.reason, coalesce(b.error_log, '[]') AS error_log,
       nullif(l.errors_path, '') AS errors_path, b.created_at, b.started_at, b.completed_at, l.cancelled_at,
       l.undo_asked_at, l.undone_at, coalesce(l.undone_count, 0) AS undone_count
FROM {content}.bulk_upload_jobs b LEFT JOIN {content}.class_lists l ON l.upload_id = b.id WHERE b.id = :id
"""
_HAND_IN = """
SELECT {content}.hand_in_class_list(:uploaded_by, :school_id, :file_path, :role, CAST(:grade_level AS integer),
    :class_id, :atomic, :dry_run, :leavers, :invite)
"""
_CANCEL = "SELECT {content}.cancel_class_list(:id)"
_UNDO = "SELECT {content}.undo_class_list(:id)"


def look(conn: Connection, upload_id: str) -> dict[str, Any] | None:
    """Read how an upload stands; None where there is none of this id."""
    found = conn.execute(sql(_LOOK), {"id": upload_id}).mappings().one_or_none()
    return None if found is None else dict(found)


def hand_in(conn: Connection, asked: Mapping[str, Any]) -> str:
    """Enter an upload and the job that reads it, in the caller's transaction; returns its id."""
    return str(conn.execute(sql(_HAND_IN), dict(asked)).scalar_one())


def cancel(conn: Connection, upload_id: str) -> bool:
    """Cancel an upload; tells whether it was not over yet."""
    return bool(conn.execute(sql(_CANCEL), {"id": upload_id}).scalar_one())


def undo(conn: Connection, upload_id: str) -> bool:
    """Ask for what an upload brought to be taken back; tells whether nobody had."""
    return bool(conn.execute(sql(_UNDO), {"id": upload_id}).scalar_one())
