"""An address, a name and every configured secret are where they belong, and in nothing that anybody reads.

They are put into arguments, errors, providers' answers and files' names, while real workers and a scheduler run; then
every command, page and address of the API is asked, and all that was said, logged, stored and kept is searched.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest
from redis import Redis
from starlette.testclient import TestClient
from typer.main import get_command

from bellwork.db import ledger
from bellwork.db.accounts import Token
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.ops.cli.app import app
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from tests.faults import gossip
from tests.faults.ground import PATIENCE, rows
from tests.faults.own_valkey import environment
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.ops.desk import ask
from tests.tasks.providers.mail_server import MailServer
from tests.tasks.providers.openai_server import Exchange, OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

NAME, ADDRESS, LOCAL = "Zebedee Quillfeather", "zebedee.quill@nightjar.example", "zebedee.quill"
SECRETS = {
    "DATABASE_URL": "dbK4-gfxQ92-wuzzle",
    "SSL": "sslV7-pomQ31-brindle",
    "REDIS_URL": "rdsM3-kelp55-tansy",
    "SMTP_URL": "smtW8-fern20-gorse",
    "LLM_API_KEY": "llmB6-alder77-sedge",
    "TTS_API_KEY": "ttsC5-birch48-moss",
    "TRANSCRIPTS_API_KEY": "trsE4-hazel63-reed",
    "AWS_SECRET_ACCESS_KEY": "awsD2-cedar19-lichen",
}
ENTRY, REASON = "upkeep.rotate_partitions", ("--reason", "a test")
#: What serves until it is stopped, or brings a stack of its own.
LONG = {("up",), ("worker",), ("demo",), ("web",)}
#: Every other command, with what it is asked; ID is the job that told most, FAILURE what jobs failed of.
COMMANDS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("migrate",): (),
    ("doctor",): (),
    ("status",): (),
    ("top",): (),
    ("workers",): (),
    ("slo",): (),
    ("check", "queue-latency"): ("-q", gossip.QUEUE),
    ("queues", "list"): (),
    ("budgets", "list"): (),
    ("erase",): ("--subject", "nobody", "--dry-run"),
    ("budgets", "set"): ("gossip", "--calls", "5", *REASON),
    ("budgets", "lift"): ("gossip", *REASON),
    ("queues", "limits"): (gossip.QUEUE, "--concurrency", "5", *REASON),
    ("queues", "drain"): (gossip.QUEUE, *REASON),
    ("failures", "list"): (),
    ("failures", "show"): ("FAILURE",),
    ("failures", "replay"): ("FAILURE", "--yes", "--patience", "20s"),
    ("snapshot",): ("--out", "-"),
    ("jobs", "reprioritise"): ("--actor", "gossip.nobody", "--priority", "3", "--dry-run"),
    ("jobs", "list"): (),
    ("jobs", "show"): ("ID",),
    ("jobs", "explain"): ("ID",),
    ("jobs", "compat"): (),
    ("jobs", "enqueue"): ("gossip.nobody", "--args", json.dumps({"name": NAME, "address": ADDRESS}), "--queue", "none"),
    ("jobs", "rename"): ("gossip.nobody", "gossip.nobody_else"),
    ("jobs", "retry"): ("ID",),
    ("jobs", "cancel"): ("--actor", "gossip.nobody"),
    ("certificates", "key"): ("/nowhere/key.pem",),
    ("certificates", "did"): (),
    ("certificates", "verify"): ("/nowhere/certificate.pdf",),
    ("certificates", "revoke"): ("LC-2026-000001", *REASON),
    ("certificates", "reissue"): ("LC-2026-000001", *REASON),
    ("lists", "read"): ("/nowhere/list.csv", "--school", "none", "--by", "nobody"),
    ("lists", "show"): ("none",),
    ("lists", "cancel"): ("none",),
    ("lists", "undo"): ("none",),
    ("letters", "list"): (),
    ("letters", "show"): ("gossip:1",),
    ("letters", "resend"): ("gossip:1", *REASON),
    ("letters", "believe"): ("gossip:1", *REASON),
    ("letters", "stopped"): (),
    ("letters", "stop"): (ADDRESS, *REASON),
    ("letters", "lift"): (ADDRESS, *REASON),
    ("letters", "bounce"): (),
    ("webhooks", "list"): (),
    ("webhooks", "add"): (f"https://{LOCAL}@receiver.example/hook",),
    ("webhooks", "disable"): ("1", *REASON),
    ("webhooks", "enable"): ("1", *REASON),
    ("webhooks", "rotate"): ("1", *REASON),
    ("webhooks", "deliveries"): (),
    ("webhooks", "replay"): ("1", *REASON),
    ("queues", "pause"): (gossip.QUEUE, *REASON),
    ("queues", "resume"): (gossip.QUEUE,),
    ("acts",): (),
    ("explain",): ("tutor", "nobody"),
    ("figures",): ("content", "days"),
    ("search",): ("photosynthesis",),
    ("sample",): ("tutoring", "--tutors", "1", "--days", "1"),
    ("schedule", "list"): (),
    ("schedule", "show"): (ENTRY,),
    ("schedule", "history"): (ENTRY,),
    ("schedule", "run"): (ENTRY, *REASON),
    ("schedule", "pause"): (ENTRY, *REASON),
    ("schedule", "resume"): (ENTRY, *REASON),
    ("schedule", "skip"): (ENTRY, *REASON),
    ("schedule", "set"): (ENTRY, "--cron", "0 3 * * *", *REASON),
    ("partitions", "list"): (),
    ("partitions", "plan"): (),
    ("partitions", "rotate"): (),
    ("partitions", "verify"): (),
    ("partitions", "restore"): ("content.audit_logs_2019_10", *REASON),
    ("partitions", "hold"): ("content.audit_logs_2019_10", *REASON),
    ("partitions", "release"): ("content.audit_logs_2019_10",),
    ("partitions", "convert"): ("content.audit_logs", "--dry-run"),
    ("reconcile",): (),
    ("retention", "plan"): (),
    ("retention", "run"): ("--seconds", "1"),
}


class Told:
    """All that left the processes, by where it was found."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.job = 0


@pytest.fixture(scope="module")
def told(ground: Path, stack: Stack) -> Iterator[Told]:
    """Let every job tell, ask every command, and gather what was said; the servers are gone afterwards."""
    redis = Redis.from_url(stack.redis_url)
    password = f"+{SECRETS['REDIS_URL']}"
    redis.acl_setuser("canary", enabled=True, passwords=[password], keys=["*"], categories=["+@all"])
    voice, post = OpenAIServer(), MailServer({"RCPT": f"550 no {ADDRESS} here, {SECRETS['SMTP_URL']}"})
    voice.behave(_repeats)
    try:
        with environment(**_settings(ground, stack, voice, post)):
            yield _heard(ground, redis)
    finally:
        voice.close()
        post.close()
        redis.acl_deluser("canary")
        redis.close()


def test_every_command_is_asked() -> None:
    """A command that is new is named here, with what it is asked, or among those that serve until they are stopped."""
    assert set(_commands(get_command(app))) == COMMANDS.keys() | LONG


@pytest.mark.parametrize("setting", SECRETS)
def test_no_secret_is_said_anywhere(told: Told, setting: str) -> None:
    """Neither whole nor in pieces of eight characters."""
    secret = SECRETS[setting]
    pieces = [secret[at : at + 8] for at in range(len(secret) - 7)]

    assert [] == [place for place, said in told.texts.items() if any(piece in said for piece in pieces)]


@pytest.mark.parametrize("who", [NAME, LOCAL], ids=["a name", "an address"])
def test_nobody_is_named_anywhere(told: Told, who: str) -> None:
    """But in the arguments of their own jobs, and in the product's own table."""
    assert [] == [place for place, said in told.texts.items() if who in said], [
        line for said in told.texts.values() for line in said.split("\n") if who in line
    ]


@pytest.mark.usefixtures("told")
def test_what_went_wrong_is_said_all_the_same() -> None:
    """Each job's reason says what an operator needs: the kind of error, the rule, the status, the server's code."""
    reasons = dict(rows("SELECT actor, reason FROM bellwork.finished_jobs WHERE reason NOT LIKE '%do not fit%'"))

    assert reasons["gossip.tell"].startswith("ValueError: ***@nightjar.example ***")
    assert 'violates unique constraint "one_pupil"' in reasons["gossip.break_rule"]
    assert "its on_dead failed: " in reasons["gossip.break_rule"]
    assert 'violates unique constraint "one_pupil"' in reasons["gossip.break_rule_short"]
    assert "RuntimeError: no form of ***@nightjar.example" == reasons["gossip.tell_async"]
    assert "answered 400" in reasons["gossip.speak"]
    assert "answered 550" in reasons["gossip.mail"]
    assert "is no key" in reasons["gossip.store"]
    assert "***@nightjar.example ***" in reasons["gossip.forbid"]


def _settings(ground: Path, stack: Stack, voice: OpenAIServer, post: MailServer) -> dict[str, str]:
    with transaction() as conn:
        url = conn.engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg", "postgresql")
    return {
        "DATABASE_URL": f"{url}&password={SECRETS['DATABASE_URL']}&sslpassword={SECRETS['SSL']}",
        "REDIS_URL": f"{stack.redis_url}&username=canary&password={SECRETS['REDIS_URL']}",
        "SMTP_URL": f"smtp://127.0.0.1:{post.port}?password={SECRETS['SMTP_URL']}",
        "STORAGE_URL": f"file://{ground}/store",
        "LLM_API_KEY": SECRETS["LLM_API_KEY"],
        "TTS_API_KEY": SECRETS["TTS_API_KEY"],
        "TRANSCRIPTS_API_KEY": SECRETS["TRANSCRIPTS_API_KEY"],
        "TTS_BASE_URL": voice.base_url,
        "AWS_SECRET_ACCESS_KEY": SECRETS["AWS_SECRET_ACCESS_KEY"],
        gossip.SECRETS: " ".join(SECRETS.values()),
    }


def _repeats(exchange: Exchange) -> None:
    asked = exchange.handler.headers["authorization"]
    exchange.send(400, json.dumps({"error": f"{asked} of {ADDRESS} is wrong, as {SECRETS['LLM_API_KEY']}"}).encode())


def _heard(ground: Path, redis: Redis) -> Told:
    told = Told()
    rows("CREATE TABLE pupils (name text CONSTRAINT one_pupil UNIQUE, address text)")
    with Cluster(
        ground, masters=1, processes=1, scheduler=True, systems="content", modules="tests.faults.gossip"
    ) as cluster:
        args: dict[str, Any] = {"name": NAME, "address": ADDRESS}
        with transaction() as conn:
            jobs = [NewJob(actor.actor_name, args, actor.queue_name) for actor in gossip.ALL]
            unfit = NewJob("gossip.forbid", {"nickname": NAME}, gossip.QUEUE)
            told.job = ledger.enqueue(conn, [*jobs, unfit])[0].id
        count = "SELECT 1 FROM bellwork.finished_jobs WHERE actor LIKE 'gossip.%' AND state = 'dead'"
        eventually(lambda: len(rows(count)) == len(gossip.ALL) + 1, PATIENCE)
        told.texts |= {f"redis {key}": said for key, said in _in_redis(redis)}
        _ask_everything(told)
        for each in cluster.kept:
            each.stop()
            told.texts[f"log {each.log.name}"] = each.log.read_text()
    told.texts |= _in_tables() | _in_files(ground / "store")
    return told


def _ask_everything(told: Told) -> None:
    for words, asked in COMMANDS.items():
        given = [str(told.job) if word == "ID" else _failure() if word == "FAILURE" else word for word in asked]
        for form in ([], ["--json"]):
            answer = ask(*words, *given, *form)
            said = answer.out + answer.err
            if words == ("jobs", "show"):
                # What a job was given belongs here, and only here.
                for own in (NAME, ADDRESS):
                    said = said.replace(own, "", 1)
            told.texts[" ".join([*words, *form])] = said
    pages = TestClient(dashboard(["testserver"]))
    for path in (
        "/",
        "/queues",
        "/workers",
        "/failures",
        "/mail",
        "/pipeline",
        "/schedule",
        f"/schedule/{ENTRY}",
        "/partitions",
        "/jobs",
        f"/jobs/{told.job}",
        "/actions",
        "/metrics",
        "/healthz",
        "/readyz",
    ):
        told.texts[f"page {path}"] = pages.get(path).text
    told.texts |= _over_the_api(told.job)


def _failure() -> str:
    """Return the fingerprint of a failure that told."""
    return str(json.loads(ask("failures", "list", "--json").out)["failures"][0]["fingerprint"])


def _over_the_api(job: int) -> dict[str, str]:
    """Send what nobody may hear again, where it belongs and where it does not, and return what is answered."""
    token = Token("lms", "api", "l" * 32)
    lms = TestClient(dashboard(["testserver"], Doors((token,))), headers={"authorization": f"Bearer {token.token}"})
    args = {"name": NAME, "address": ADDRESS}
    asked: dict[str, Any] = {
        "taken": {"actor": "gossip.tell", "args": args, "unique_key": "gossip api", "delay": 3600},
        "unknown actor": {"actor": "gossip.nobody", "args": args},
        "queue": {"actor": "gossip.tell", "args": args, "queue": LOCAL},
        "key": {"actor": "gossip.tell", "args": args, "unique_key": f"entry:{ADDRESS}"},
        "time": {"actor": "gossip.tell", "args": args, "run_at": NAME},
        "priority": {"actor": "gossip.tell", "args": args, "priority": ADDRESS},
        "members": {"actor": "gossip.tell", NAME: ADDRESS},
        "size": {"actor": "gossip.tell", "args": args | {"more": NAME * 10_000}},
        "nul": {"actor": "gossip.tell", "args": {NAME: "\0"}},
        "no document": [NAME, ADDRESS],
    }
    answers = {f"api {what}": lms.post("/api/jobs", json=body) for what, body in asked.items()}
    answers["api half a document"] = lms.post(
        "/api/jobs", content=f'{{"actor": "{NAME}', headers={"content-type": "application/json"}
    )
    new = answers["api taken"].json()["id"]
    for place in (new, job, quote(NAME), ADDRESS):
        for path in (f"/api/jobs/{place}", f"/api/jobs/{place}/eta", f"/api/{place}"):
            answers[f"api {path}".replace(ADDRESS, "there").replace(quote(NAME), "her")] = lms.get(path)
    assert {201, 404, 422} <= {each.status_code for each in answers.values()}
    return {what: f"{each.headers} {each.text}" for what, each in answers.items()}


def _commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*before, name))
        else:
            yield (*before, name)


def _in_redis(redis: Redis) -> Iterator[tuple[str, str]]:
    for key in cast("list[bytes]", redis.keys("*")):
        kind = cast("bytes", redis.type(key))
        value = (
            redis.zrange(key, 0, -1) if kind == b"zset" else redis.get(key) if kind == b"string" else redis.dump(key)
        )
        yield repr(key), f"{key!r} {value!r}"


def _in_tables() -> dict[str, str]:
    """Read every table but the product's own, and what a job was given."""
    tables = rows("SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
                  "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'pupils'")  # fmt: skip
    return {
        f"table {table.name}": "\n".join(
            str(row)
            for row in rows(f"SELECT to_jsonb(t) - 'args' FROM {table.name} AS t")  # noqa: S608 - names of ours
        )
        for table in tables
    }


def _in_files(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {f"file {path}": f"{path} {path.read_bytes().decode(errors='replace')}" for path in files}
