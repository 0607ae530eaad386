"""Reads what mail servers report: from the Maildir of MAIL_BOUNCES each minute, or one message from a pipe."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import dramatiq
import structlog

from bellwork.db.engine import transaction
from bellwork.db.letters.bounces import Bounce, enter_bounce
from bellwork.db.settings import settings
from bellwork.tasks.providers.mail.report import LONGEST, read_report

if TYPE_CHECKING:
    from sqlalchemy import Connection

log = structlog.get_logger("bellwork.mail")

#: Reports that one run reads.
MOST = 1_000


@dramatiq.actor(
    actor_name="mail.read_bounces", callers="internal", queue_name="mail", max_retries=3, time_limit=300_000
)
def read_bounces() -> None:
    """Read what is new in the Maildir; a message is moved to `cur` once what it says has committed.

    Killed in between, it reads the message again, which is known by its hash. Where this worker does not see the
    folder, nothing is read; another one may.
    """
    folder = settings().mail_bounces
    if folder is None or not (Path(folder) / "new").is_dir():
        if folder is not None:
            log.warning("there is no Maildir of bounces here", folder=folder)
        return
    new, read = Path(folder) / "new", Path(folder) / "cur"
    read.mkdir(exist_ok=True)
    for file in sorted(new.iterdir())[:MOST]:
        with file.open("rb") as message:
            content = message.read(LONGEST)
        with transaction() as conn:
            taken = take_report(conn, content)
        file.rename(read / f"{file.name.partition(':')[0]}:2,S")
        log.info("report read", reports=[each.kind for each in taken])


def take_report(conn: Connection, content: bytes) -> list[Bounce]:
    """Enter what a message reports, in the caller's transaction; nothing where it was entered before."""
    report = read_report(content)
    source = hashlib.sha256(content[:LONGEST]).hexdigest()
    found = enter_bounce(conn, source, Bounce(report.kind, None, report.status, report.said), report.message_id)
    return [found] if found else []
