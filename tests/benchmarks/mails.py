"""Letters to a mail server: in the ledger, by the postman alone, and by smtplib, over one connection or one each."""

from __future__ import annotations

import os
import smtplib
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.mail import Letter, Smtp
from bellwork.tasks.providers.mail.server import server_of
from bellwork.workers.testing import drain
from tests.benchmarks.measure import interleaved, ratio, say, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Letters to a mail server"
_COLUMNS = [
    "",
    "mails/s",
    "times one connection each",
    "times one connection and TLS context each",
    "times smtplib over one connection",
]
_NOTE = (
    "{count:,} letters a round to aiosmtpd, which says PIPELINING, in a process of its own, on the same two cores. One "
    "thread each. In the ledger: posted, then claimed, looked at, marked, sent and settled, PostgreSQL with fsync; "
    "every other way keeps no record at all: a process that is killed in the middle knows nothing of its letters. "
    "smtplib sends what EmailMessage makes, over one connection or one each; with one TLS context that all connections "
    "share, or with one each, as Django's send_mail makes one by default: it reads the system's certificates. The "
    "sender's process was {grew:+.1f} MB larger after {all:,} letters in the ledger than after the first {count:,}."
)
_SENDER = "Bellwork <bellwork@school.example>"
_TEXT = "Hello,\n\nyour lesson is ready to read and to listen to. The film is being made.\n" * 3
_HTML = f"<p>{_TEXT}</p>"
_LEDGER, _POSTMAN = "Bellwork, in the ledger", "Bellwork's postman alone"
_OWN_EACH = "Bellwork's postman, one connection each"
_EACH, _BARE = "smtplib, one connection each", "smtplib, one connection"
_ANEW = "smtplib, one connection and context each"
_turns = iter(range(1_000_000_000))


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the ways to a mail server, plain and with STARTTLS."""
    del arena
    count = plan.pick(quick=300, full=2_000)
    with TemporaryDirectory() as folder, _server(Path(folder)) as urls:
        found: dict[str, list[float]] = {}
        sizes: list[int] = []
        for kind, url in urls.items():
            say(f"sending letters, {kind}")
            os.environ.update(SMTP_URL=url, MAIL_FROM=_SENDER)
            engine.forget()
            ways: dict[str, Callable[[], float]] = {
                f"{_LEDGER}, {kind}": partial(_in_the_ledger, count, sizes),
                f"{_POSTMAN}, {kind}": partial(_by_postman, url, count, each=False),
                f"{_OWN_EACH}, {kind}": partial(_by_postman, url, count // 4, each=True),
                f"{_EACH}, {kind}": partial(_by_smtplib, url, count // 4, each=True),
                f"{_BARE}, {kind}": partial(_by_smtplib, url, count, each=False),
            }
            if kind == "TLS":
                ways[f"{_ANEW}, {kind}"] = partial(_by_smtplib, url, count // 4, each=True, anew=True)
            found |= interleaved(ways, plan.rounds)
        for name in ("SMTP_URL", "MAIL_FROM"):
            del os.environ[name]
        engine.forget()
    table = [_row(name, found) for name in found]
    note = _NOTE.format(count=count, all=count * len(sizes), grew=(sizes[-1] - sizes[0]) / 1e6)
    values = {name: {"mails_per_second": runs} for name, runs in found.items()} | {_LEDGER: {"resident_bytes": sizes}}
    return Section("mails", HEADING, _COLUMNS, table, [note], values)


def _row(name: str, found: dict[str, list[float]]) -> list[str]:
    kind = name.rpartition(", ")[2]
    others = [found.get(f"{other}, {kind}") for other in (_EACH, _ANEW, _BARE)]
    return [name, spread(found[name]), *(ratio(found[name], other) if other else "-" for other in others)]


def _in_the_ledger(count: int, sizes: list[int]) -> float:
    turn = next(_turns)
    with transaction() as conn:
        post_many(conn, [_new(f"bench:{turn}:{number}") for number in range(count)])
    began = time.monotonic()
    drain("mail")
    seconds = time.monotonic() - began
    with transaction() as conn:
        left = conn.exec_driver_sql("SELECT count(*) FROM bellwork.letters WHERE state <> 'sent'").scalar_one()
    assert not left, f"{left} letters were not sent"
    sizes.append(psutil.Process().memory_info().rss)
    return count / seconds


def _new(key: str) -> NewLetter:
    return NewLetter(key=key, system="mail", kind="bench", to=_to(), subject="Ready", text=_TEXT, html=_HTML)


def _by_postman(url: str, count: int, *, each: bool) -> float:
    postman = Smtp(server_of(url), _SENDER)
    began = time.monotonic()
    for _ in range(count):
        postman.send(Letter(_to(), "Ready", _TEXT, _HTML, f"bench:{next(_turns)}"))
        if each:
            postman.close()
    return count / (time.monotonic() - began)


def _by_smtplib(url: str, count: int, *, each: bool, anew: bool = False) -> float:
    server, context = server_of(url), ssl.create_default_context()
    connections = count if each else 1
    began = time.monotonic()
    for _ in range(connections):
        with smtplib.SMTP(server.host, server.port) as session:
            if server.tls == "starttls":
                session.starttls(context=ssl.create_default_context() if anew else context)
            for _ in range(count // connections):
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = _SENDER, _to(), "Ready"
                message["Message-ID"] = f"<{next(_turns)}@school.example>"
                message.set_content(_TEXT)
                message.add_alternative(_HTML, subtype="html")
                session.send_message(message)
    return count / (time.monotonic() - began)


def _to() -> str:
    return f"pupil{next(_turns)}@school.example"


@contextmanager
def _server(folder: Path) -> Iterator[dict[str, str]]:
    """Start the mail server; yields its addresses, plain and with STARTTLS, by a certificate that is trusted here."""
    key, certificate, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name]
    subprocess.run([*asked, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    # As on any machine, it is one of a hundred and more that are read.
    system = ssl.get_default_verify_paths().cafile
    trusted = folder / "trusted.pem"
    trusted.write_bytes(certificate.read_bytes() + (Path(system).read_bytes() if system else b""))
    os.environ["SSL_CERT_FILE"] = str(trusted)
    words = [sys.executable, "-m", "tests.benchmarks.mail_sink", str(both)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as served:
        assert served.stdout is not None
        plain, secure = served.stdout.readline().split()
        try:
            yield {
                "plain": f"smtp://127.0.0.1:{plain}?tls=none",
                "TLS": f"smtp://127.0.0.1:{secure}?tls=starttls",
            }
        finally:
            del os.environ["SSL_CERT_FILE"]
            served.kill()
