"""Nothing that strangers wrote plays with the terminal, whatever column it stands in: jobs, errors, reasons, hosts."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob, Worker
from tests.ops.desk import ask

#: Colours, a title, a cleared screen, a bell, overprinting, changed direction, a hidden hyperlink, a raw C1 control.
SIGNS = {
    "colour": "\x1b[31m",
    "title": "\x1b]0;root@here\x07",
    "clear": "\x1b[2J\x1b[H",
    "overprint": "fine\r",
    "new line": "\nbellwork: all is well",
    "direction": "\u202e\u2066",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\",
    "C1": "\x9b2J",
    "backspace": "\b\b\b",
    "tag": "\U000e0041",
    "markup": "[bold red]x[/nothing]",
}


@pytest.fixture
def signs(database: str) -> list[int]:
    """Fill a ledger with every sign, wherever somebody from outside can write; returns the ids of the dead jobs."""
    del database
    return [written(number, sign) for number, sign in enumerate(SIGNS.values())]


def written(number: int, sign: str) -> int:
    """Put a sign into every column, and return the id of the job that died of it."""
    queue, worker = f"q{number}", Worker(uuid4(), f"host{sign}", 1, 1, [f"q{sign}"], {"a.b": None})
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
        args = {"x": f"x{sign}", f"name{sign}": [sign]}
        jobs = [NewJob("a.b", args, queue, unique_key=f"{number}{job}{sign}") for job in "abc"]
        dead, cancelled, _ = [due.id for due in ledger.enqueue(conn, jobs)]
        [attempt] = ledger.claim(conn, worker.id, [dead], ["a.b"])
        error = {"attempt": 1, "at": sign, "error": f"Oops{sign}", "traceback": f'File "x{sign}"\n  {sign}'}
        ledger.mark_dead(conn, attempt.held, f"because{sign}", error)
        ledger.cancel(conn, [cancelled], f"cancelled{sign}")
        ledger.pause(conn, queue, f"ann{sign}", f"reason{sign}")
    return dead


def test_every_sign_is_spelled_out_in_every_table(signs: list[int]) -> None:
    """Tables and detail views consist of printable lines, and what was written in them can still be read."""
    shown = [ask("jobs", "show", str(job)) for dead in signs for job in range(dead, dead + 3)]
    answers = [ask("status"), ask("jobs", "list"), ask("doctor"), *shown]
    for answer in answers:
        assert all(line.isprintable() for line in answer.out.split("\n")), answer.out
        assert not any(line.startswith("bellwork: all is well") for line in answer.out.split("\n"))
    text = "".join(answer.out for answer in answers)

    assert all(word in text for word in ("host", "because", "cancelled", "Oops", "reason", "ann"))
    assert "because[bold red]x[/nothing]" in text


def test_json_carries_every_sign_as_data(signs: list[int]) -> None:
    """JSON escapes whatever a terminal might obey; a program reads it back as it was."""
    for words in (("status",), ("jobs", "list")):
        assert all(line.isprintable() and line.isascii() for line in ask(*words, "--json").out.split("\n"))
    for dead, sign in zip(signs, SIGNS.values(), strict=True):
        assert f"because{sign}" == json.loads(ask("jobs", "show", str(dead), "--json").out)["reason"]


@pytest.mark.usefixtures("signs")
def test_an_answer_to_a_deed_spells_signs_out() -> None:
    """What is repeated from the command line is as harmless as what comes from the ledger."""
    for sign in SIGNS.values():
        deeds = (
            ask("queues", "pause", "q1", "--reason", f"x{sign}", "--by", f"y{sign}"),
            ask("queues", "pause", f"q{sign}", "--reason", "x"),
            ask("jobs", "enqueue", "a.b", "--unique-key", f"0c{sign}"),
        )
        for answer in deeds:
            assert all(line.isprintable() for line in (answer.out + answer.err).split("\n")), answer
