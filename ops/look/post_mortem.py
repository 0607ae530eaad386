"""What is needed to find out later what happened: how everything stands now, in one document, and about no person.

Arguments of jobs and words of errors are left out, for they may speak of anybody; so are operators and their reasons,
which `bellwork acts` keeps.
"""

from __future__ import annotations

import platform
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import list_acts, list_entries
from bellwork.db.queries.failures import failures
from bellwork.db.redaction import place_of
from bellwork.db.registered import longest_running
from bellwork.db.revision import found_revisions
from bellwork.db.settings import settings
from bellwork.db.snapshot import lines
from bellwork.ops.look.document import document, queue_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.ledger import StoredEntry
    from bellwork.db.queries.failures import Failure
    from bellwork.db.registered import ActorSet
    from bellwork.db.snapshot import QueueSnapshot, Snapshot
    from bellwork.ops.look.picture import Picture

#: Minutes of each queue's past, hours of operators' acts and how many of them.
MINUTES, ACTS_OF, ACTS = 60, timedelta(hours=24), 500
_PACKAGES = ("bellwork", "dramatiq", "redis", "sqlalchemy", "psycopg", "apscheduler", "tenacity", "typer", "starlette")
#: Settings whose text says how things run, and opens nothing.
_TEXTS = frozenset(
    {
        "llm_model",
        "tts_model",
        "tts_voice",
        "transcripts_model",
        "embeddings_model",
        "systems",
        "work_modules",
        "pooler",
        "web_user_header",
    }
)
#: What the name of an exception looks like; what stands before the first colon of an error may be anything.
_EXCEPTION = re.compile(r"[\w.]{1,100}")
_NOBODY, _NO_REASON = "an operator", "…"


def post_mortem(
    conn: Connection, picture: Picture, workers: list[dict[str, Any]], known: Sequence[ActorSet]
) -> dict[str, Any]:
    """Return all of it as data; the first three as `document` takes them."""
    seen, driver = _without_operators(picture), psycopg_of(conn)
    queues = [each.queue for each in seen.queues]
    past = lines(driver, queues, MINUTES)
    longest = longest_running(driver)
    return {
        "schema_version": 1,
        "generated_at": datetime.now(UTC),
        "status": document(seen, workers, known),
        "queues": [queue_data(each) for each in seen.queues],
        "last_hour": {queue: {"ready": ready, "finished": done} for queue, (ready, done) in past.items()},
        "running": [{"worker": worker, **job} for worker, job in longest.items()],
        "failures": [_failure(each) for each in failures(conn)],
        "entries": [_entry(each) for each in list_entries(conn)],
        "acts": [_act(act) for act in list_acts(conn, ACTS) if act["at"] > datetime.now(UTC) - ACTS_OF],
        "versions": _versions(conn),
        "settings": shown_settings(),
    }


def shown_settings() -> dict[str, Any]:
    """Return the settings: numbers and choices as they are, of addresses the place, of all else whether it is set."""
    return {name: _shown(name, value) for name, value in settings()}


def _shown(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | dict) or name in _TEXTS:
        return value
    text = str(value)
    return place_of(text) if "://" in text else "set" if text else ""


def _without_operators(picture: Picture) -> Picture:
    """Return it with no name and no reason of an operator, and no word of a provider's error."""
    troubles = [each._replace(said=_NO_REASON) for each in picture.troubles]
    snapshot, counted = _snapshot(picture.snapshot), _snapshot(picture.counted)
    return replace(picture, snapshot=snapshot, counted=counted, troubles=troubles)


def _snapshot(snapshot: Snapshot | None) -> Snapshot | None:
    return snapshot and replace(snapshot, queues=tuple(_queue(each) for each in snapshot.queues))


def _queue(each: QueueSnapshot) -> QueueSnapshot:
    paused = {"paused_by": _NOBODY, "pause_reason": _NO_REASON} if each.paused_at else {}
    limited = {"limited_by": _NOBODY, "limit_reason": _NO_REASON} if each.at_once else {}
    return replace(each, **paused, **limited)  # type: ignore[arg-type]  # names of its own fields


def _failure(each: Failure) -> dict[str, Any]:
    kept = {name: value for name, value in each._asdict().items() if name != "said"}
    named = each.exception if _EXCEPTION.fullmatch(each.exception) else _NO_REASON
    return {"fingerprint": each.fingerprint, **kept, "exception": named}


def _entry(each: StoredEntry) -> dict[str, Any]:
    return {"key": each.key, "next_tick": each.next_tick, "paused_at": each.paused_at}


def _act(act: dict[str, Any]) -> dict[str, Any]:
    return {name: act[name] for name in ("at", "what", "subject")}


def _versions(conn: Connection) -> dict[str, Any]:
    packages = {name: _version(name) for name in _PACKAGES}
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "postgresql": psycopg_of(conn).info.parameter_status("server_version"),
        "revisions": found_revisions(),
        "packages": packages,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
