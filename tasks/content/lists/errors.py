"""All errors of a list as CSV in the storage, where they are more than the upload's row holds."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bellwork.db.content.lists.report import errors_as_csv
from bellwork.db.content.lists.run import go_on, note_errors_path
from bellwork.db.engine import transaction
from bellwork.tasks.content.retention.uploads import PLACE, remove_file
from bellwork.tasks.providers import storage

if TYPE_CHECKING:
    from bellwork.db.content.lists.run import Order


def write_errors(order: Order) -> None:
    """Store all errors of an upload; where they lie is noted before, so that no such file is ever left astray."""
    mark = hashlib.sha256(f"{order.upload_id} {order.run}".encode()).hexdigest()
    key = f"{PLACE}errors/{mark[:32]}.csv"
    with transaction() as conn:
        go_on(conn, order, "writing")
        note_errors_path(conn, order, key)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "errors.csv"
        with transaction() as conn, path.open("wb") as file:
            file.writelines(errors_as_csv(conn, order))
        storage().put(key, path)


def remove_errors(order: Order) -> None:
    """Remove what an attempt before this one stored."""
    if order.errors_path:
        remove_file(order.errors_path)
        with transaction() as conn:
            note_errors_path(conn, order, "")
