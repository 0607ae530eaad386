"""Certificates: what CPU a printed page costs, beside two other libraries that make PDFs; and a signed credential."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import UUID

from bellwork.db import engine
from bellwork.tasks.certificates import Facts, issuer, make_key, print_page, sign_credential
from tests.benchmarks.measure import interleaved, ratio, spread
from tests.benchmarks.peers import environment
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Certificates"
_OURS, _SIGNED = "Bellwork (typst)", "Bellwork, a credential signed"
_COLUMNS = ["", "CPU, ms each", f"times {_OURS}"]
_NOTE = (
    "{count} pages a round, each with another name, number and QR code; one process and thread, CPU of that process, "
    "fonts read before (FiraGO, the same files). Ours is a tagged PDF/A-2b, WeasyPrint's a PDF/A-2b, ReportLab's a "
    "canvas drawn by hand, neither tagged nor PDF/A. Of a name in letters that no font has, ours is an error; others "
    "print boxes. A credential is signed with eddsa-rdfc-2022."
)
_PEER = Path(__file__).parent / "peers" / "certificates.py"


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the ways to a page, in turn."""
    del arena
    count = plan.pick(quick=50, full=200)
    with TemporaryDirectory() as folder:
        key = Path(folder) / "k.pem"
        make_key(key)
        os.environ.update(CERTIFICATES_URL="https://learn.example", CERTIFICATES_PEM=str(key))
        engine.forget()
        _print(0)
        _sign(0)
        ways: dict[str, Callable[[], float]] = {
            _OURS: partial(_spent, _print, count),
            "WeasyPrint": partial(_by_peer, "weasyprint", count),
            "ReportLab": partial(_by_peer, "reportlab", count),
            _SIGNED: partial(_spent, _sign, count),
        }
        found = interleaved(ways, plan.rounds)
    each = {name: [1000 * seconds / count for seconds in runs] for name, runs in found.items()}
    table = [[name, spread(runs, 1), "" if name == _OURS else ratio(runs, each[_OURS])] for name, runs in each.items()]
    values = {name: {"cpu_ms_each": runs} for name, runs in each.items()}
    return Section("certificates", HEADING, _COLUMNS, table, [_NOTE.format(count=count)], values)


def _facts(number: int) -> Facts:
    return Facts(
        system="courses",
        id=UUID(int=number),
        number=f"LC-2026-{number:06}",
        serial=number,
        holder=f"Ada Moss {number}",
        email="ada@example.org",
        course_id=UUID(int=9),
        course="Programming with Python",
        issued_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _print(number: int) -> None:
    print_page(_facts(number))


def _sign(number: int) -> None:
    signer = issuer()
    assert signer is not None
    sign_credential(_facts(number), signer, b"%PDF")


def _spent(act: Callable[[int], None], count: int) -> float:
    began = time.process_time()
    for number in range(count):
        act(number)
    return time.process_time() - began


def _by_peer(name: str, count: int) -> float:
    command = [str(environment.python()), str(_PEER), name, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
