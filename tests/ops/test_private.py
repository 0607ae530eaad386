"""The doctor names what others may read, what is sent unencrypted, and failpoints that may be ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.ops.doctor.private import check_failpoints, check_files, check_keys
from bellwork.tasks import providers
from tests.ops.desk import ask
from tests.ops.test_doctor import change, found, setting

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.ops.embedded import Stack

__all__ = ["setting"]


@pytest.mark.usefixtures("database")
def test_folders_and_settings_that_others_may_read_are_named(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each with its mode; what we make ourselves is never among them."""
    setting.chdir(tmp_path)
    change(setting, "STORAGE_URL", f"file://{tmp_path}/store")
    providers.storage().put("a/b", b"x")
    assert "ok" == check_files().kind
    (tmp_path / "store").chmod(0o755)
    (tmp_path / ".env").touch(mode=0o644)

    said = check_files()

    assert "warn" == said.kind
    assert f"{tmp_path}/store (0755), {tmp_path}/.env (0644)" in said.said


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("url", "key", "kind"),
    [
        ("http://llm.example.org/v1", "k", "warn"),
        ("https://llm.example.org/v1", "k", "ok"),
        ("http://llm.example.org/v1", "", "ok"),
        ("http://127.0.0.1:1/v1", "k", "ok"),
    ],
)
@pytest.mark.parametrize("service", ["LLM", "TTS"])
def test_a_key_that_is_sent_unencrypted_is_named(
    setting: pytest.MonkeyPatch, service: str, url: str, key: str, kind: str
) -> None:
    """By the setting that leads there; this very machine is no way on which anybody listens."""
    change(setting, f"{service}_BASE_URL", url)
    change(setting, f"{service}_API_KEY", key)

    assert kind == check_keys().kind
    assert kind == "ok" or f"{service}_BASE_URL" in check_keys().said


def test_failpoints_that_may_be_ordered_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """They are for tests: whoever writes to their folder stops and kills these processes."""
    monkeypatch.delenv("FAILPOINTS", raising=False)
    assert "ok" == check_failpoints().kind
    monkeypatch.setenv("FAILPOINTS", str(tmp_path))
    assert "FAILPOINTS is set" in check_failpoints().said


@pytest.mark.usefixtures("database")
def test_all_three_are_part_of_the_examination(setting: pytest.MonkeyPatch) -> None:
    """And well here."""
    setting.delenv("FAILPOINTS", raising=False)

    assert ["ok"] * 3 == [found(name).kind for name in ("files", "keys", "failpoints")]


@pytest.mark.usefixtures("database")
def test_the_default_storage_is_named_by_its_absolute_path(setting: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It lies in the folder each process starts in: whoever reads that sees two folders of two processes."""
    setting.chdir(tmp_path)
    change(setting, "STORAGE_URL", "")

    assert f"file://{tmp_path}/var/storage can be written to" == found("storage").said


@pytest.mark.usefixtures("database")
def test_a_wrong_password_of_redis_is_called_so(setting: pytest.MonkeyPatch, stack: Stack) -> None:
    """Not a server that does not answer; the place is named, not what should have opened it."""
    change(setting, "REDIS_URL", f"{stack.redis_url}&username=ada&password=wr0ngpass")

    assert f"unix://{stack.socket_dir}/redis.sock refuses the user or the password of REDIS_URL" == found("redis").said


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("name", "url", "place"),
    [
        ("DATABASE_URL", "postgresql://u:pass1word@127.0.0.1:1/name?sslpassword=ssl2word", "127.0.0.1:1/name: "),
        ("STORAGE_URL", "s3://KEY3word:secret4word@bucket/p?endpoint=http://127.0.0.1:1", "s3://bucket/p"),
    ],
)
def test_nothing_that_opens_a_server_is_printed(setting: pytest.MonkeyPatch, name: str, url: str, place: str) -> None:
    """Host, port and database are: no parameters, no user part of a store."""
    change(setting, name, url)
    answer = ask("doctor", "--json")

    assert not [word for word in ("pass1word", "ssl2word", "KEY3word", "secret4word") if word in answer.out]
    assert place in answer.out
