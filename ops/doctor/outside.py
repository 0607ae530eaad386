"""What a running system stands on: settings, PostgreSQL, Redis, storage, schema."""

from __future__ import annotations

import time
import uuid

from db import ledger, revision, sessions
from db.engine import ping, transaction
from db.queries.health import server_version
from db.settings import SettingsError, settings
from ops.doctor.finding import Finding
from tasks import providers
from tasks.providers.errors import StorageError
from workers import due_set

#: The releases of PostgreSQL that the migrations are made for.
OLDEST, NEWEST = 15, 18
#: Seconds between our clock and PostgreSQL's above which somebody should look.
CLOCKS_APART = 1.0


def check_settings() -> Finding:
    """Fail where a setting is missing or unusable."""
    try:
        settings()
    except SettingsError as error:
        return Finding("fail", "settings", str(error), "correct the environment or .env; .env.example explains each")
    return Finding("ok", "settings", "complete and well-formed")


def check_postgres() -> Finding:
    """Fail where PostgreSQL does not answer or is too old; warn where it is newer than anything tested."""
    try:
        ping()
    except SettingsError as error:
        pooled = "startup parameter" in str(error)
        mend = "set POOLER=transaction" if pooled else "start PostgreSQL, or correct DATABASE_URL"
        return Finding("fail", "postgresql", str(error), mend)
    with transaction() as conn:
        major, version = server_version(conn)
    if major < OLDEST:
        return Finding("fail", "postgresql", f"version {version}", f"upgrade PostgreSQL to {OLDEST} or newer")
    if major > NEWEST:
        return Finding("warn", "postgresql", f"version {version}", f"made for {OLDEST} to {NEWEST}; try it first")
    return Finding("ok", "postgresql", f"version {version}")


def check_clock() -> Finding:
    """Warn where this machine's clock and PostgreSQL's are more than a second apart; nothing here decides by ours."""
    with transaction() as conn:
        ledger.clock(conn)  # connected: what follows is one short way there and back
    asked = time.time()
    with transaction() as conn:
        theirs = ledger.clock(conn)
    apart = (asked + time.time()) / 2 - theirs
    if abs(apart) <= CLOCKS_APART:
        return Finding("ok", "clock", "agrees with PostgreSQL's")
    which = "ahead of" if apart > 0 else "behind"
    said = f"{abs(apart):.1f} s {which} PostgreSQL's: jobs and ticks go by PostgreSQL's, logs and signatures by ours"
    return Finding("warn", "clock", said, "let NTP keep the clocks of both machines")


def check_sessions() -> Finding:
    """Fail where a pooler in between drops what the product asks of each session, and the role does not bring it."""
    if odd := sessions.examine():
        return Finding("fail", "sessions", odd.said, odd.mend)
    return Finding("ok", "sessions", "READ COMMITTED, UTC and time-outs hold")


def check_redis() -> Finding:
    """Fail where Redis does not answer: nothing is lost, but everything is slower."""
    mend = "start Redis, or correct REDIS_URL; no job is lost meanwhile, only slower"
    try:
        if due_set.ping():
            return Finding("ok", "redis", "answers")
    except SettingsError as error:
        return Finding("fail", "redis", str(error), mend)
    return Finding("fail", "redis", "REDIS_URL names a server that does not answer", mend)


def check_storage() -> Finding:
    """Fail unless an object can be written and removed again."""
    key, url = f"doctor/{uuid.uuid4().hex}", settings().storage_url.partition("?")[0]
    try:
        store = providers.storage()
        store.put(key, b"bellwork doctor")
        store.delete(key)
    except StorageError as error:
        return Finding("fail", "storage", str(error), "make the place of STORAGE_URL writable, or correct STORAGE_URL")
    return Finding("ok", "storage", f"{url} can be written to")


def check_schema() -> Finding:
    """Fail unless the database stands at this release's revision; warn where a newer release has migrated it."""
    current, head = revision.current(), revision.head()
    if current is None:
        return Finding("fail", "schema", "there is none of Bellwork's", "run `bellwork migrate`")
    if revision.is_ahead():
        said = f"at {current}, ahead of this release's {head}: its workers go on"
        return Finding("warn", "schema", said, "finish the deploy of the release that migrated it")
    if current != head:
        said = f"at {current}, this release wants {head}"
        return Finding("fail", "schema", said, "run `bellwork migrate`, or deploy the release that fits the schema")
    return Finding("ok", "schema", f"current ({current})")
