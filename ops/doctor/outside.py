"""What a running system stands on: settings, PostgreSQL, Redis, storage, schema."""

from __future__ import annotations

import time
import uuid

from bellwork.db import ledger, redis_client, revision, server, sessions
from bellwork.db.engine import ping, transaction
from bellwork.db.queries.health import server_version
from bellwork.db.redaction import place_of
from bellwork.db.settings import SettingsError, settings
from bellwork.ops.doctor.finding import Finding
from bellwork.tasks import providers
from bellwork.tasks.providers.errors import StorageError
from bellwork.workers import circuit, limits

#: The releases of PostgreSQL that the migrations are made for.
OLDEST, NEWEST = 15, 18
#: Seconds between our clock and PostgreSQL's above which the operator is told.
CLOCKS_APART = 1.0


def check_settings() -> Finding:
    """Fail where a setting is missing or unusable."""
    try:
        settings()
    except SettingsError as error:
        return Finding("fail", "settings", str(error), "correct the environment or .env; .env.example explains each")
    return Finding("ok", "settings", "complete and well-formed")


def check_postgres() -> Finding:
    """Fail where PostgreSQL does not answer, cannot hold the product or is too old; warn where that is untested."""
    try:
        ping()
    except SettingsError as error:
        pooled = "startup parameter" in str(error)
        mend = "set BELLWORK_POOLER=transaction" if pooled else "start PostgreSQL, or correct DATABASE_URL"
        return Finding("fail", "postgresql", str(error), mend)
    try:
        server.check()
    except SettingsError as error:
        return Finding("fail", "postgresql", str(error), "let DATABASE_URL name a primary, and a database in UTF8")
    with transaction() as conn:
        major, version = server_version(conn)
    if major < OLDEST:
        return Finding("fail", "postgresql", f"version {version}", f"upgrade PostgreSQL to {OLDEST} or newer")
    if major > NEWEST:
        return Finding("warn", "postgresql", f"version {version}", f"made for {OLDEST} to {NEWEST}; try it first")
    if (encoding := server.encoding()) != "UTF8":
        said = f"version {version}, whose database is in {encoding}: a text with any other character is refused"
        return Finding("warn", "postgresql", said, "move to a database made with TEMPLATE template0 ENCODING 'UTF8'")
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
    if mismatch := sessions.examine():
        return Finding("fail", "sessions", mismatch.said, mismatch.mend)
    return Finding("ok", "sessions", "READ COMMITTED, UTC and time-outs hold")


def check_callers() -> Finding:
    """Say how schedulers that connect as we do find what callers in SQL enqueue; either way it is found."""
    with transaction() as conn:
        reason = ledger.why_unheard(conn)
    if reason:
        return Finding("ok", "callers", f"in SQL are found by polling, within 0.2 s: {reason}")
    return Finding("ok", "callers", "in SQL are heard at their commit")


def check_redis() -> Finding:
    """Fail where Redis does not answer: nothing is lost, but everything is slower."""
    mend = "start Redis, or correct REDIS_URL; no job is lost meanwhile, only slower"
    try:
        if trouble := redis_client.trouble():
            return Finding("fail", "redis", f"{place_of(settings().redis_url)} {trouble}", mend)
    except SettingsError as error:
        return Finding("fail", "redis", str(error), mend)
    return Finding("ok", "redis", "answers")


def check_limits() -> list[Finding]:
    """Say which circuits are open, and how many turns are taken now."""
    open_, taken = circuit.opened(), limits.taken()
    turns = Finding("ok", "turns", f"taken now: {_listed(taken)}" if taken else "none is taken now")
    if not open_:
        return [Finding("ok", "circuits", "none is open"), turns]
    said = f"left alone, for they failed so often in a row: {_listed(open_)}"
    mend = "mend what they speak to; one job in a while tries, and the first success closes it"
    return [Finding("warn", "circuits", said, mend), turns]


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))


def check_storage() -> Finding:
    """Fail unless an object can be written and removed again."""
    key = f"doctor/{uuid.uuid4().hex}"
    try:
        store = providers.storage()
        store.put(key, b"bellwork doctor")
        store.delete(key)
    except StorageError as error:
        return Finding("fail", "storage", str(error), "make the place of STORAGE_URL writable, or correct STORAGE_URL")
    return Finding("ok", "storage", f"{place_of(store.url(key).removesuffix(f'/{key}'))} can be written to")


def check_schema() -> Finding:
    """Fail unless the database stands at this release's revision; warn where a newer release has migrated it."""
    current, head = revision.current(), revision.head()
    if current is None:
        return Finding("fail", "schema", "there is none of Bellwork's", "run `bellwork migrate`")
    if behind := revision.behind():
        said = "; ".join(f"at {each}" for each in behind)
        return Finding("fail", "schema", said, "run `bellwork migrate`, or deploy the release that fits the schema")
    if revision.is_ahead():
        said = f"at {current}, ahead of this release's {head}: its workers go on"
        return Finding("warn", "schema", said, "finish the deploy of the release that migrated it")
    told = [f"{line.word} {revision.current(line)}" for line in revision.revision_lines()[1:]]
    return Finding("ok", "schema", f"current ({', '.join([current, *told])})")
