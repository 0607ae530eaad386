"""A learner's terminal in the browser: real shells in real labs, over a real WebSocket."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from bellwork.db.engine import forget
from bellwork.ops.web import dashboard, serve
from bellwork.ops.web import terminal as served_terminal
from bellwork.tasks.providers import LabOrder
from bellwork.tasks.providers.labs import LabError
from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap
from bellwork.tasks.providers.labs.ticket import PATH, read_ticket, ticket
from tests.sandbox import host_of_labs

if TYPE_CHECKING:
    from collections.abc import Iterator


KEY = "k" * 32
LAB = "lab-a"


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bubblewrap]:
    """A host with one lab."""
    with host_of_labs() as made:
        settings = {
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "LABS_URL": f"bwrap://{made._place.root}",
            "LABS_KEY": KEY,
            "LABS_TERMINAL_URL": "wss://labs.example.org",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        forget()
        made.create(LabOrder(LAB))
        yield made
    forget()


@pytest.fixture
def address(host: Bubblewrap) -> Iterator[str]:
    """The web process of that host, which cuts off who asks for nothing within 0.3 s."""
    del host
    with socket.create_server(("127.0.0.1", 0)) as heard:
        server = serve.server(dashboard(["127.0.0.1"]), 0.3)
        thread = threading.Thread(target=server.run, args=([heard],))
        thread.start()
        try:
            yield f"ws://127.0.0.1:{heard.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def good(seconds: float = 600, lab: str = LAB, key: str = KEY) -> str:
    """Sign a ticket that ends in so many seconds."""
    return ticket(lab, datetime.now(UTC) + timedelta(seconds=seconds), key)


@contextmanager
def typing(address: str, with_: str) -> Iterator[ClientConnection]:
    """Open a terminal."""
    with connect(f"{address}{PATH}/{with_}", open_timeout=60) as line:
        yield line


def shown(line: ClientConnection, until: bytes) -> bytes:
    """Return what is shown, up to these bytes."""
    seen = bytearray()
    while until not in seen[-4096:]:
        piece = line.recv(timeout=60)
        assert isinstance(piece, bytes)
        seen += piece
    return bytes(seen)


def test_what_is_typed_is_done_in_the_lab(address: str) -> None:
    """Bytes both ways, a size that programs see, and silence that is no reason to be cut off."""
    with typing(address, good()) as line:
        line.send(json.dumps({"rows": 33, "columns": 111}))
        endless = '{"rows": 1e999, "columns": 1}'
        for odd in ("no json", "[]", '{"rows": "x"}', '{"rows": 99999, "columns": -1}', endless, "[" * 9_999):
            line.send(odd)
        line.send(b"read -t 1; stty size; id -u; echo do''ne\n")
        assert b"33 111\r\n1000\r\n" in shown(line, b"done")


def test_a_shell_that_ends_closes_its_terminal(address: str) -> None:
    """With the code of a normal end."""
    with typing(address, good()) as line:
        line.send(b"exit\n")
        with pytest.raises(ConnectionClosed) as closed:
            shown(line, b"never")
        assert closed.value.rcvd
        assert 1000 == closed.value.rcvd.code


def test_much_that_is_shown_waits_for_its_reader(address: str) -> None:
    """A megabyte arrives whole, and the shell is as fast as they are read."""
    with typing(address, good()) as line:
        line.send(b"stty -onlcr; head -c 1000000 /dev/zero | tr '\\0' x; echo do''ne\n")
        assert 1_000_000 <= shown(line, b"done").count(b"x") <= 1_000_010


@pytest.mark.parametrize(
    "bad",
    [
        "nonsense",
        f"{LAB}.99999999999.{'0' * 64}",
        good(key="another" * 8),
        good(seconds=-5),
        good().replace(LAB, "lab-b"),
    ],
    ids=["nonsense", "unsigned", "another key", "over", "another lab"],
)
def test_without_a_good_ticket_nobody_gets_in(address: str, bad: str) -> None:
    """Not a word is said of the lab."""
    with pytest.raises(InvalidStatus) as refused, typing(address, bad):
        pass
    assert 403 == refused.value.response.status_code


def test_a_ticket_for_a_lab_that_is_not_here_opens_nothing(address: str) -> None:
    """It says so, once it is known that the ticket is good."""
    assert (served_terminal.NO_LAB, "the lab does not run on this host") == _end(address, good(lab="lab-gone"))


def test_a_lab_that_cannot_be_entered_says_nothing_of_its_host(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the host says of it, a path or a program, is for its log; the learner may try again."""

    def refuse(*_: object) -> None:
        raise LabError("/srv/labs/lab-a/pid cannot be read: ü" * 10)

    monkeypatch.setattr(Bubblewrap, "shell", refuse)
    code, said = _end(address, good())

    assert (served_terminal.NO_LAB, "the lab cannot be entered now; try again in a moment") == (code, said)


def test_a_terminal_ends_with_its_ticket(address: str) -> None:
    """To the second; who has a newer one opens another."""
    assert served_terminal.OVER == _end(address, good(seconds=2))[0]


def test_a_terminal_ends_with_its_lab(address: str, host: Bubblewrap) -> None:
    """When the lab is released the shell is gone, and so is the connection."""
    with typing(address, good()) as line:
        line.send(b"echo he''re\n")
        shown(line, b"here")
        assert host.release(LAB)
        with pytest.raises(ConnectionClosed):
            shown(line, b"never")


def test_a_lab_has_so_many_terminals_and_no_more(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is told so; when another is closed there is room again."""
    monkeypatch.setattr(served_terminal, "OF_A_LAB", 1)
    with typing(address, good()) as line:
        line.send(b"echo he''re\n")
        shown(line, b"here")
        assert served_terminal.TOO_MANY == _end(address, good())[0]


def test_by_the_name_of_the_terminals_there_are_only_terminals(address: str) -> None:
    """No page, no metrics: whoever comes by that name is a stranger."""
    import httpx  # noqa: PLC0415 - only here

    for path in ("/", "/metrics", "/healthz", "/jobs"):
        answer = httpx.get(address.replace("ws:", "http:") + path, headers={"host": "labs.example.org"}, timeout=60)
        assert 404 == answer.status_code, path


def test_a_ticket_says_no_more_than_it_was_signed_for() -> None:
    """Of whatever was changed in it nothing is believed."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    text = ticket(LAB, now, KEY)
    assert (LAB, int(now.timestamp())) == read_ticket(text, KEY, now - timedelta(seconds=1))
    assert read_ticket(text, KEY, now) is None
    before = now - timedelta(days=1)
    changed = {text[:at] + digit + text[at + 1 :] for at in range(len(text)) for digit in "0a"} - {text}
    assert not any(read_ticket(each, KEY, before) for each in changed)
    assert read_ticket(text + "0", KEY, now - timedelta(days=1)) is None


def _end(address: str, with_: str) -> tuple[int, str]:
    with typing(address, with_) as line, pytest.raises(ConnectionClosed) as closed:
        shown(line, b"never")
    assert closed.value.rcvd
    return closed.value.rcvd.code, closed.value.rcvd.reason
