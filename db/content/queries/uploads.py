"""The files of uploaded class lists: which are no longer needed, and that one is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days that an upload's file is kept once it was read in (vividly.md keeps no date; the platform's rule is a week).
UPLOAD_DAYS = 7
# An upload that is still waiting or being read needs its file, however old it is.
_OLD = """
status IN ('completed', 'failed') AND file_path <> ''
  AND coalesce(completed_at, updated_at, created_at) < now() - make_interval(days => :days)
"""
_LIST = f"""
SELECT id, file_path, coalesce(errors_path, '') FROM {{content}}.bulk_upload_jobs
LEFT JOIN {{content}}.class_lists ON upload_id = id
WHERE {_OLD} AND id > :after ORDER BY id LIMIT :most
"""  # noqa: S608 - fragments of ours, values are bound
_COUNT = f"SELECT count(*) FROM {{content}}.bulk_upload_jobs WHERE {_OLD}"  # noqa: S608 - as above
_FORGET = """
WITH gone AS (
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:paths AS text[]), CAST(:errors AS text[])) AS g(id, path, errors)
), forgotten AS (
    UPDATE {content}.class_lists l SET errors_path = '' FROM gone
    WHERE l.upload_id = gone.id AND l.errors_path = gone.errors AND gone.errors <> ''
)
UPDATE {content}.bulk_upload_jobs u SET file_path = '' FROM gone WHERE u.id = gone.id AND u.file_path = gone.path
"""


class UploadFile(NamedTuple):
    """An upload, where its file is said to be, and where all of its errors lie, if they are too many for its row."""

    id: str
    path: str
    errors: str = ""


def old_uploads(conn: Connection, after: str, most: int) -> list[UploadFile]:
    """List the next uploads after an id whose files are no longer needed."""
    asked = {"days": UPLOAD_DAYS, "after": after, "most": most}
    return [UploadFile(*row) for row in conn.execute(sql(_LIST), asked)]


def count_old_uploads(conn: Connection) -> int:
    """Count the uploads whose files are no longer needed."""
    return int(conn.execute(sql(_COUNT), {"days": UPLOAD_DAYS}).scalar_one())


def forget_files(conn: Connection, gone: list[UploadFile]) -> int:
    """Note that these files are gone, unless an upload has another file by now; returns how many had not."""
    asked = {"ids": [upload.id for upload in gone], "paths": [upload.path for upload in gone]}
    asked["errors"] = [upload.errors for upload in gone]
    return conn.execute(sql(_FORGET), asked).rowcount
