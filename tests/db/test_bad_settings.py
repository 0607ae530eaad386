"""Settings as people write them: what can be meant is taken, all that is wrong is told at once, no secret with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db.setting_rules import STORAGES
from bellwork.db.setting_sources import OWN
from bellwork.db.settings import Settings, SettingsError, settings
from bellwork.tasks.providers.storage.objects import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GOOD = {"DATABASE_URL": "postgresql://user:password@host/name", "REDIS_URL": "redis://host/0"}
SECRET = "s3cr3t"
UNSET = "is not set; see .env.example, or start a development stack with `bellwork up`"
NUMBER = "it should be a valid number, unable to parse string as a number"
INTEGER = "it should be a valid integer, unable to parse string as an integer"

#: A setting, what it says, and what is said of it.
WRONG = [
    ("DATABASE_URL", "", UNSET),
    ("DATABASE_URL", " \t", UNSET),
    ("DATABASE_URL", "nonsense", "is not a database URL"),
    ("DATABASE_URL", f"postgresql://user:{SECRET}@host:port/name", "is not a database URL"),
    ("DATABASE_URL", f"redis://:{SECRET}@host/0", "speaks of 'redis'; Bellwork needs PostgreSQL"),
    ("DATABASE_URL", f"postgresql+asyncpg://user:{SECRET}@host/name", "speaks of 'postgresql+asyncpg'"),
    ("REDIS_URL", "", UNSET),
    ("REDIS_URL", f"postgresql://user:{SECRET}@host/name", "is not a Redis URL"),
    ("REDIS_URL", f"redis://:{SECRET}@host:port/0", "is not a Redis URL"),
    ("REDIS_URL", f"redis://:{SECRET}@host:99999/0", "is not a Redis URL"),
    ("REDIS_URL", f"redis://:{SECRET}@[::1/0", "is not a Redis URL"),
    ("REDIS_URL", f"redis://:{SECRET}@host/due", "names the database 'due'; it is a number"),
    ("REDIS_URL", f"redis://:{SECRET}@host/-1", "names the database '-1'; it is a number"),
    ("CERTIFICATES_URL", "http://learn.example", "is not the address of a site"),
    ("CERTIFICATES_URL", f"https://user:{SECRET}@learn.example", "is not the address of a site"),
    ("CERTIFICATES_PEM", "key.pem", "is 'key.pem'; it is a file's whole path"),
    ("CERTIFICATES_FONTS", "fonts", "is 'fonts'; it is a folder's whole path"),
    ("PAYMENTS_URL", f"https://user:{SECRET}@", "is not where payments are asked for"),
    ("PAYMENTS_URL", "ledger.json", "is not where payments are asked for"),
    ("LEASE", "30s", f"is '30s': {NUMBER}"),
    ("LEASE", "0.5m", f"is '0.5m': {NUMBER}"),
    ("LEASE", "3,5", f"is '3,5': {NUMBER}"),
    ("LEASE", "TRUE", f"is 'TRUE': {NUMBER}"),
    ("LEASE", "0", "is '0': it should be greater than or equal to 1"),
    ("LEASE", "-1", "is '-1': it should be greater than or equal to 1"),
    ("LEASE", "nan", "is 'nan': it should be"),
    ("LEASE", "inf", "is 'inf': it should be less than or equal to 60"),
    ("LEASE", "1e400", "is '1e400': it should be less than or equal to 60"),
    ("BEAT", "0", "is '0': it should be greater than 0"),
    ("BEAT", "2", "BELLWORK_LEASE (3.5 s) must be at least twice BELLWORK_BEAT (2.0 s)"),
    ("POOL_SIZE", "0", "is '0': it should be greater than or equal to 2"),
    ("POOL_SIZE", "99999999999999999999", "it should be less than or equal to 500"),
    ("POOL_SIZE", "1e2", f"is '1e2': {INTEGER}"),
    ("POOL_SIZE", "yes", f"is 'yes': {INTEGER}"),
    ("POOL_SIZE", "\uff12\uff10", INTEGER),
    ("MAX_CRASHES", "true", INTEGER),
    ("HISTORY_DAYS", "30d", f"is '30d': {INTEGER}"),
    ("POOLER", "yes", "is 'yes': it should be 'none' or 'transaction'"),
    ("SCHEMAS", "content", "maps 'content' to ''"),
    ("SCHEMAS", "content=public,content=other", "maps one system twice"),
    ("SCHEMAS", "content=public; DROP SCHEMA public", "which is no usable schema name"),
    ("SCHEMAS", "content=bellwork", "which is no usable schema name"),
    ("SCHEMAS", "content=pg_catalog", "which is no usable schema name"),
    ("SCHEMAS", "content=information_schema", "which is no usable schema name"),
    ("SCHEMAS", '{"content": "public"}', "which is no usable schema name"),
    ("SYSTEMS", "content;mine", "names 'content;mine'; separate systems by commas"),
    ("SYSTEMS", "mine=", "names 'mine='"),
    ("SYSTEMS", "content,", "names ''"),
    ("SUPPORT_ZONE", "Mars/Olympus", "names 'Mars/Olympus', which is no time zone"),
    ("SUPPORT_SOURCE", "canvas", "is 'canvas': it should be 'courses'"),
    ("LABS_URL", "docker://host", "is not a URL of labs"),
    ("LABS_URL", "bwrap://folder", "is not a URL of labs"),
    ("LABS_HOST", "labs 1", "is 'labs 1'; it is a host's name"),
    ("LABS_TERMINAL_URL", "https://labs.example.org", "is not where a host's terminals are reached"),
    ("LABS_KEY", "short", "has 5 characters; it takes 32 at least"),
    ("STORAGE_URL", "/var/lib/bellwork", "is not a URL of storage"),
    ("STORAGE_URL", f"s4://bucket?secret_access_key={SECRET}", "is not a URL of storage"),
    ("STORAGE_URL", "s3://", "is not a URL of storage"),
    ("STORAGE_URL", "file://", "is not a URL of storage"),
    ("SMTP_URL", "mail.example.org", "is not a mail URL"),
    ("SMTP_URL", f"smtp://user:{SECRET}@host:port", "is not a mail URL"),
    ("SMTP_URL", f"https://user:{SECRET}@host", "is not a mail URL"),
    ("SMTP_URL", "file://", "is not a mail URL"),
    ("SMTP_URL", f"smtp://user:{SECRET}%C3%BC@host", "only ASCII is possible"),
    ("SMTP_URL", f"smtp://j\u00f6rg:{SECRET}@host", "only ASCII is possible"),
    ("MAIL_FROM", "nobody", "is 'nobody'; it is one address"),
    ("MAIL_FROM", "a@example.org, b@example.org", "it is one address"),
    ("MAIL_FROM", "=?utf-8?q?School?= <a@example.org>", "write the name itself"),
    ("MAIL_FROM", "Ann <a@example.org>\r\nBcc: b@example.org", "it is one address"),
    ("LLM_BASE_URL", "llm.example.org/v1", "is not the URL of a service"),
    ("LLM_BASE_URL", f"file:///etc/{SECRET}", "is not the URL of a service"),
    ("TTS_BASE_URL", "https://", "is not the URL of a service"),
    ("WORK_MODULES", ",", "names '', which is no module"),
    ("WORK_MODULES", "tasks;os", "names 'tasks;os', which is no module"),
    ("WORK_MODULES", "../tasks", "names '../tasks', which is no module"),
]
#: What is taken, and as what.
TAKEN = [
    ("DATABASE_URL", "  postgres://user:p%40ss@host/name\n", "postgresql+psycopg://user:p%40ss@host/name"),
    ("DATABASE_URL", "postgresql://u@host/name?password=x", "postgresql+psycopg://u:x@host/name"),
    (
        "DATABASE_URL",
        "postgresql:///name?host=/run&user=u&password=x",
        "postgresql+psycopg://u:x@/name?host=%2Frun",
    ),
    ("DATABASE_URL", "postgresql:///name?host=/run", "postgresql+psycopg:///name?host=%2Frun"),
    ("REDIS_URL", " unix:///run/redis.sock?db=3 ", "unix:///run/redis.sock?db=3"),
    ("REDIS_URL", "rediss://user:pass@[::1]:6380/7", "rediss://user:pass@[::1]:6380/7"),
    ("LEASE", " 30 ", 30.0),
    ("LEASE", "", 3.5),
    ("POOL_SIZE", "  ", 20),
    ("KILL_GRACE", "0", 0.0),
    ("LLM_BASE_URL", "", None),
    ("SMTP_URL", " ", None),
    ("LLM_API_KEY", "key\n", "key"),
    ("SCHEMAS", " , content = public , ", {"content": "public"}),
    ("MAIL_FROM", "Björk <bjork@example.org>", "Björk <bjork@example.org>"),
    ("WORK_MODULES", "tasks, our.work_2", "tasks, our.work_2"),
]


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """An environment with the two settings that have to be there, no others, and no .env."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"BELLWORK_{name.upper()}", raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


def complaint() -> str:
    """Return what is said of the settings, which is one line without a secret."""
    with pytest.raises(SettingsError) as told:
        settings()
    said = str(told.value)

    assert said.isprintable()
    assert SECRET not in said
    return said


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_wrong_setting_is_told_by_name(environ: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """One line: the variable, what it is, and what it should be."""
    environ.setenv(name, value)
    told = complaint()

    assert said in told
    assert name in told


@pytest.mark.parametrize(("name", "value", "meant"), TAKEN)
def test_what_can_be_meant_is_taken(environ: pytest.MonkeyPatch, name: str, value: str, meant: object) -> None:
    """Blanks around a value do not count, and nothing but blanks is as if it were not there."""
    environ.setenv(name, value)

    assert meant == getattr(settings(), name.lower())


def test_all_that_is_wrong_is_told_at_once(environ: pytest.MonkeyPatch) -> None:
    """Nobody has to start five times to find five mistakes."""
    for name, value in {
        "DATABASE_URL": "",
        "REDIS_URL": "x",
        "LEASE": "soon",
        "SMTP_URL": "x",
        "POOL_SIZE": "0",
    }.items():
        environ.setenv(name, value)
    told = complaint()

    assert all(name in told for name in ("DATABASE_URL", "REDIS_URL", "LEASE", "SMTP_URL", "POOL_SIZE"))
    assert 4 == told.count("; REDIS_URL") + told.count("; LEASE") + told.count("; SMTP_URL") + told.count("; POOL_SIZE")


def test_the_environment_wins_over_the_file(environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where both say something the environment counts, unless it says nothing."""
    (tmp_path / ".env").write_text("LEASE=9\nBEAT=2\nPOOL_SIZE=7\n", encoding="utf-8-sig")
    environ.setenv("LEASE", "8")
    environ.setenv("POOL_SIZE", "")

    assert (8.0, 2.0, 7) == (settings().lease, settings().beat, settings().pool_size)


@pytest.mark.parametrize(
    ("given", "file", "read"),
    [
        ({"POOL_SIZE": "9"}, "BELLWORK_POOL_SIZE=7", 7),
        ({"POOL_SIZE": "9", "BELLWORK_POOL_SIZE": "8"}, "BELLWORK_POOL_SIZE=7", 8),
        ({"POOL_SIZE": "9", "BELLWORK_POOL_SIZE": " "}, "", 9),
        ({"POOL_SIZE": "none of ours", "BELLWORK_POOL_SIZE": "8"}, "POOL_SIZE=nor this", 8),
        ({"BELLWORK_POOL_SIZE": " "}, "POOL_SIZE=7", 7),
    ],
)
def test_a_name_with_our_prefix_wins_over_one_that_is_everybodys(
    environ: pytest.MonkeyPatch, tmp_path: Path, given: dict[str, str], file: str, read: int
) -> None:
    """POOL_SIZE may be another program's: with BELLWORK_POOL_SIZE in the environment or in `.env` it does not count."""
    (tmp_path / ".env").write_text(file)
    for name, value in given.items():
        environ.setenv(name, value)

    assert read == settings().pool_size


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_is_wrong_is_told_by_the_name_it_stands_under(environ: pytest.MonkeyPatch, name: str) -> None:
    """Each setting of our own is read with the prefix, and the line names the variable that somebody has to change."""
    environ.setenv(f"BELLWORK_{name.upper()}", "../nonsense")

    assert f"BELLWORK_{name.upper()} " in complaint()


def test_addresses_have_one_name(environ: pytest.MonkeyPatch) -> None:
    """What every host sets for its programs, and what the demo sets for itself, cannot be set past it."""
    environ.setenv("BELLWORK_DATABASE_URL", "nonsense")

    assert settings().database_url.endswith("@host/name")


def test_a_file_that_is_no_text_is_named(environ: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Saved in another encoding it is refused as a whole, not read in part."""
    del environ
    (tmp_path / ".env").write_bytes("MAIL_FROM=Bj\u00f6rk <b@example.org>".encode("latin-1"))

    assert "the file .env is not UTF-8; save it as UTF-8" == complaint()


def test_every_kind_of_storage_there_is_may_be_set() -> None:
    """The settings stand below the adapters and cannot ask them; they know the same kinds."""
    assert set(STORAGES) == {"file", *SCHEMES}


def test_what_others_keep_in_the_environment_is_theirs(environ: pytest.MonkeyPatch) -> None:
    """Variables that are no settings of ours are not looked at."""
    environ.setenv("LEASES", "many")
    environ.setenv("DATABASE", "x")

    assert 3.5 == settings().lease
    assert "LEASES" in os.environ
