"""The proxy's network: whole, slow, cut, refused, black or muted, and whole again; tried on a tiny echo server."""

from __future__ import annotations

import socket
import threading
import time
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator


class Echo(ThreadingTCPServer):
    """Answers each line with the same line, and remembers it."""

    daemon_threads = True
    heard: list[bytes]


class _Line(StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            self.server.heard.append(line)  # type: ignore[attr-defined]
            self.wfile.write(line)


@pytest.fixture
def echo() -> Iterator[Echo]:
    """The server behind the proxy."""
    with Echo(("127.0.0.1", 0), _Line) as server:
        server.heard = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    """The proxy before it."""
    with Proxy(f"127.0.0.1:{echo.server_address[1]}") as proxy:
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    """Open a connection that waits half a second for an answer."""
    connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=30)
    connection.settimeout(0.5)
    return connection


def say(connection: socket.socket, line: bytes = b"hello\n") -> bytes:
    """Send a line and return the answer; empty where the connection is closed."""
    try:
        connection.sendall(line)
        return connection.recv(100)
    except ConnectionError:
        return b""


def test_a_whole_network_passes_everything_on(proxy: Proxy) -> None:
    """Also what is longer than one packet."""
    line = b"x" * 300_000 + b"\n"
    with connect(proxy) as one, connect(proxy) as other:
        assert b"hello\n" == say(one) == say(other)
        one.sendall(line)
        with one.makefile("rb") as answers:
            assert line == answers.readline()


def test_a_slow_network_delays_each_answer(proxy: Proxy) -> None:
    """An answer comes that much later, in order, and at once again after heal()."""
    with connect(proxy) as connection:
        proxy.delay(0.2)
        began = time.monotonic()
        assert b"hello\n" == say(connection)
        assert 0.2 <= time.monotonic() - began
        proxy.heal()
        assert b"hello\n" == say(connection)


def test_a_cut_closes_what_is_open_and_accepts_anew(proxy: Proxy) -> None:
    """The open connection is gone, the next one works."""
    with connect(proxy) as connection:
        assert b"hello\n" == say(connection)
        proxy.cut()
        assert b"" == say(connection)
        with connect(proxy) as new:
            assert b"hello\n" == say(new)


def test_a_refusal_lasts_until_healed(proxy: Proxy) -> None:
    """Nobody is let in, then everybody, at the same port."""
    port = proxy.port
    with connect(proxy) as connection:
        proxy.refuse()
        assert b"" == say(connection)
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        proxy.heal()
        assert port == proxy.port
        with connect(proxy) as new:
            assert b"hello\n" == say(new)


def test_a_black_hole_swallows_both_ways(proxy: Proxy, echo: Echo) -> None:
    """Old and new connections stay open, and nothing arrives at either end; healed, they are closed."""
    with connect(proxy) as old:
        assert b"hello\n" == say(old)
        proxy.black_hole()
        with connect(proxy) as new:
            for connection in (old, new):
                with pytest.raises(TimeoutError):
                    say(connection, b"lost\n")
            proxy.heal()
            assert b"" == say(old) == say(new)
        assert [b"hello\n"] == echo.heard


def test_a_muted_network_swallows_answers_only(proxy: Proxy, echo: Echo) -> None:
    """The server hears, its answer does not come."""
    with connect(proxy) as connection:
        proxy.mute()
        with pytest.raises(TimeoutError):
            say(connection)
        eventually(lambda: [b"hello\n"] == echo.heard)


def test_a_connection_that_was_silent_in_the_dark_lives_on(proxy: Proxy) -> None:
    """Only what lost a byte is closed when the network heals."""
    with connect(proxy) as connection:
        assert b"hello\n" == say(connection)
        proxy.black_hole()
        proxy.heal()
        assert b"hello\n" == say(connection)


def test_one_reply_is_lost(proxy: Proxy, echo: Echo) -> None:
    """The request with the needle is heard, even in pieces; its connection is closed; the next such request is well."""
    proxy.lose_reply(b"COMMIT")
    with connect(proxy) as connection:
        assert b"BEGIN\n" == say(connection, b"BEGIN\n")
        connection.sendall(b"COM")
        assert b"" == say(connection, b"MIT\n")
        assert [b"BEGIN\n", b"COMMIT\n"] == echo.heard
    with connect(proxy) as connection:
        assert b"COMMIT\n" == say(connection, b"COMMIT\n")


def test_nobody_behind_the_proxy_looks_like_a_closed_connection(echo: Echo) -> None:
    """Who connects is let go at once."""
    del echo
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    with Proxy(address) as proxy, connect(proxy) as connection:
        assert b"" == say(connection)


@pytest.mark.parametrize(
    ("url", "address", "by_proxy"),
    [
        ("postgresql://u:p%40@db:6000/name?x=1", "db:6000", "postgresql://u:p%40@127.0.0.1:99/name?x=1"),
        ("postgresql://db/name", "db:5432", "postgresql://127.0.0.1:99/name"),
        (
            "postgresql:///name?host=%2Ftmp%2Fa&port=5432&user=me",
            "/tmp/a/.s.PGSQL.5432",  # noqa: S108 - an address, not a file
            "postgresql://127.0.0.1:99/name?user=me",
        ),
        ("redis://:pw@cache:7000/3", "cache:7000", "redis://:pw@127.0.0.1:99/3"),
        ("redis://cache", "cache:6379", "redis://127.0.0.1:99"),
        ("unix:///tmp/a%20b.sock?db=2", "/tmp/a b.sock", "redis://127.0.0.1:99?db=2"),  # noqa: S108
    ],
)
def test_a_url_by_way_of_the_proxy(url: str, address: str, by_proxy: str) -> None:
    """User, password, database and options stay; host, port and socket are the proxy's."""
    assert (address, by_proxy) == (address_of(url), proxied(url, 99))


def test_both_servers_answer_through_the_proxy(database: str, redis_url: str) -> None:
    """The tests' own servers listen on sockets alone; through the proxy they are reached by TCP."""
    with Proxy(address_of(database)) as postgres, psycopg.connect(proxied(database, postgres.port)) as conn:
        assert (1,) == conn.execute("SELECT 1").fetchone()
    with Proxy(address_of(redis_url)) as valkey, redis.Redis.from_url(proxied(redis_url, valkey.port)) as client:
        assert client.ping()
