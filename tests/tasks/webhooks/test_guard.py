"""No address is called but one that was checked: whatever a URL spells, and whatever its name server says next."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.webhooks import calls
from bellwork.workers.testing import drain
from tests.tasks.webhooks.told import added, deliveries, told

if TYPE_CHECKING:
    from tests.tasks.webhooks.receiver import Receiver

PUBLIC = "192.0.9.1"
NAME = "receiver.school-a.example"


class Names:
    """A name server that answers `name` with what is next in its list; the last one stays. It counts the questions."""

    def __init__(self, *answers: list[str], name: str = NAME) -> None:
        self.name, self.answers, self.asked = name, list(answers), 0
        self.real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *more: Any, **named: Any) -> Any:
        """Answer as socket.getaddrinfo does."""
        if host not in {self.name, self.name.encode()}:
            return self.real(host, port, *more, **named)
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, int(port)))
            for address in found
        ]


class Connections:
    """Where this process connected to; nothing of it leaves the machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[Any, ...]] = []
        real = socket.socket.connect

        def connect(this: socket.socket, address: Any) -> Any:
            if this.family in {socket.AF_INET, socket.AF_INET6}:
                self.made.append(address)
                if not str(address[0]).startswith("127."):
                    raise ConnectionRefusedError("this test has no network")
            return real(this, address)

        monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def strict(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """A receiver on this machine, and the rules as in production: it must never hear anything."""
    monkeypatch.delenv("WEBHOOK_PRIVATE")
    forget()
    calls.forget()
    return receiver


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "0.0.0.0", "10.1.2.3", "192.168.1.1", "172.16.5.4", "100.64.0.1"),  # noqa: S104
        *("169.254.169.254", "metadata.google.internal", "2130706433", "0x7f000001", "0177.0.0.1", "127.1"),
        *("[::1]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::7f00:1]", "[fd00:ec2::254]"),
        *("[fe80::1]", "\uff11\uff12\uff17.0.0.1"),
    ],
)
def test_an_address_that_is_not_public_is_not_called(
    strict: Receiver, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """However it is spelled; the delivery says why, and is tried again as any other, for a name may move."""
    monkeypatch.setattr(socket, "getaddrinfo", Names(["169.254.169.254"], name="metadata.google.internal"))
    connections = Connections(monkeypatch)
    added(f"https://{host}:{strict.port}/hook")
    told()
    drain("webhooks")
    [row] = deliveries()

    assert ([], []) == (strict.calls, [made for made in connections.made if made[1] == strict.port])
    assert ("pending", 1) == (row["state"], row["tries"])
    assert row["said"].startswith("was not called")


def test_plain_http_is_not_called(strict: Receiver) -> None:
    """Also where the row was written by hand."""
    added(strict.url())
    told()
    drain("webhooks")

    assert [] == strict.calls
    assert "was not called" in deliveries()[0]["said"]


def test_a_name_that_is_bound_anew_is_not_followed(strict: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """First public, then this machine: each connection goes to an address that was checked at that very question."""
    names = Names([PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    connections = Connections(monkeypatch)
    added(f"https://{NAME}:{strict.port}/hook")
    told(key="1")
    drain("webhooks")
    after_one = (list(connections.made), names.asked)
    told(key="2")
    drain("webhooks")
    said = [row["said"] for row in deliveries()]

    assert ([(PUBLIC, strict.port)], 1) == after_one
    assert ([(PUBLIC, strict.port)], 2) == (connections.made, names.asked)
    assert "could not be reached" in said[0]
    assert "was not called" in said[1]
    assert [] == strict.calls


def test_a_name_that_is_public_and_private_at_once_is_not_called(
    strict: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One address of this kind among others is how such an attack begins."""
    monkeypatch.setattr(socket, "getaddrinfo", Names([PUBLIC, "127.0.0.1"]))
    connections = Connections(monkeypatch)
    added(f"https://{NAME}:{strict.port}/hook")
    told()
    drain("webhooks")

    assert ([], []) == (strict.calls, connections.made)
    assert "was not called" in deliveries()[0]["said"]


def test_a_proxy_of_the_environment_is_not_asked(strict: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would resolve the name itself, and nobody would check where it connects to."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, strict.url(""))
    monkeypatch.setattr(socket, "getaddrinfo", Names([PUBLIC]))
    connections = Connections(monkeypatch)
    calls.forget()
    added(f"https://{NAME}/hook")
    told()
    drain("webhooks")

    assert ([], [(PUBLIC, 443)]) == (strict.calls, connections.made)
