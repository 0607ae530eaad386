"""Whatever is typed behind `bellwork` is what was meant, or one line says what is wrong with it; never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from tests.ops.desk import ask

if TYPE_CHECKING:
    from sqlalchemy import Connection

NO_IDS = [
    *("0", "-1", "+1", "1e3", "1.0", "0x10", "1_000", "01", "1,2", "1;", "1; drop", "NaN", "null", "*", "%s", "{0}"),
    *("", " ", " 1", "1 ", "1\n", "\uff11", "\u0661", "\x1b[31m1", "\u202e1", "\udcff", "9" * 40, "9" * 5_000),
    *("../../etc/passwd", "/dev/null", "9223372036854775808", "6f1c9d0e-8f7a-4c63-9a39-2b7b2f0a1c11", "--help=1"),
]
#: Arguments of `jobs enqueue` that are wrong usage, whatever is in the database.
MISUSED = {
    "no JSON": ("a.b", "--args", "{bad"),
    "no object": ("a.b", "--args", "null"),
    "a text": ("a.b", "--args", '"{}"'),
    "NaN": ("a.b", "--args", '{"x": NaN}'),
    "Infinity": ("a.b", "--args", '{"x": -Infinity}'),
    "5,000 digits": ("a.b", "--args", '{"x": ' + "9" * 5_000 + "}"),
    "5,000 levels": ("a.b", "--args", '{"x": ' + "[" * 5_000 + "]" * 5_000 + "}"),
    "nothing": ("a.b", "--args", ""),
    "a delay that is no number": ("a.b", "--delay", "nan"),
    "an endless delay": ("a.b", "--delay", "inf"),
    "a delay in the past": ("a.b", "--delay", "-1"),
    "a delay of ages": ("a.b", "--delay", "1e10"),
    "a delay with a unit": ("a.b", "--delay", "5m"),
    "a priority in powers": ("a.b", "--priority", "1e3"),
    "a priority beyond": ("a.b", "--priority", "99999999999999999999"),
    "an actor too many": ("a.b", "c.d"),
    "an unknown option": ("a.b", "--prio", "1"),
    "no actor": (),
}
#: Arguments of `jobs enqueue` that the ledger refuses, and what it says.
REFUSED = {
    "an empty actor": (("",), "between_1_and_200_characters"),
    "an actor of two lines": (("a\nb",), "no_control_or_invisible_characters"),
    "an actor that looks like another": (("a.\u200bb",), "no_control_or_invisible_characters"),
    "an actor that is no text": (("a.\udcff",), r"'a.\udcff' is no text; give it in UTF-8"),
    "a queue with a blank": (("a.b", "--queue", "a queue"), "at_most_100_letters_digits_dots_dashes"),
    "an empty key": (("a.b", "--unique-key", ""), "between_1_and_200_bytes"),
    "a long key": (("a.b", "--unique-key", "k" * 201), "between_1_and_200_bytes"),
    "a number beyond doubles": (("a.b", "--args", '{"x": 1e5000}'), "numbers_below_1e308"),
    "100 levels": (("a.b", "--args", '{"x": ' + "[" * 100 + "]" * 100 + "}"), "at_most_64_levels_deep"),
    "70 KiB": (("a.b", "--args", '{"x": "' + "y" * 70_000 + '"}'), "at_most_64_kib"),
    "a NUL": (("a.b", "--args", '{"x": "\\u0000"}'), "unsupported Unicode escape sequence"),
    "half a character": (("a.b", "--args", '{"x": "\\ud800"}'), "invalid input syntax for type json"),
    "bytes that are no text": (("a.b", "--args", '{"x": "\udcff"}'), "is no text; give it in UTF-8"),
}


def wait(count: int, actor: str = "a.b") -> list[int]:
    """Enqueue jobs and return their ids."""
    with transaction() as conn:
        return [due.id for due in ledger.enqueue(conn, [NewJob(actor)] * count)]


@pytest.mark.parametrize("given", NO_IDS, ids=ascii)
@pytest.mark.parametrize("command", ["show", "cancel", "retry"])
def test_what_is_no_id_is_wrong_usage(command: str, given: str) -> None:
    """Exit code 2 before any database is asked; what was typed is shown with nothing in it that plays tricks."""
    answer = ask("jobs", command, given)

    assert (2, "") == (answer.code, answer.out)
    assert answer.err.replace("\n", "").isprintable()
    assert len(answer.err) < 400


@pytest.mark.usefixtures("database")
def test_the_largest_id_is_looked_for() -> None:
    """2^63 - 1 is an id like any other; there is just no such job."""
    for command, code in (("show", 1), ("cancel", 1), ("retry", 1)):
        assert code == ask("jobs", command, str(2**63 - 1)).code


@pytest.mark.usefixtures("database")
def test_a_bad_id_among_good_ones_does_nothing_at_all() -> None:
    """The command is refused whole."""
    good = wait(2)
    answer = ask("jobs", "cancel", str(good[0]), "1; drop", str(good[1]))

    assert 2 == answer.code
    with transaction() as conn:
        assert {"available"} == {job["state"] for job in ledger.list_jobs(conn)}


@pytest.mark.parametrize("words", MISUSED.values(), ids=MISUSED)
def test_a_job_that_cannot_be_meant_is_wrong_usage(words: tuple[str, ...]) -> None:
    """Exit code 2 before any database is asked."""
    answer = ask("jobs", "enqueue", *words)

    assert (2, "") == (answer.code, answer.out)
    assert len(answer.err) < 600


@pytest.mark.usefixtures("database")
def test_a_job_that_the_ledger_refuses_is_refused_in_one_line() -> None:
    """Exit code 1, the rule is named, and no job is there."""
    for what, (words, rule) in REFUSED.items():
        answer = ask("jobs", "enqueue", *words)

        assert (1, "", 1) == (answer.code, answer.out, answer.err.count("\n")), (what, answer)
        assert rule in answer.err, what
    with transaction() as conn:
        assert [] == ledger.list_jobs(conn)


@pytest.mark.usefixtures("database")
def test_numbers_arrive_as_they_were_typed() -> None:
    """No double lies between the command line and PostgreSQL."""
    assert 0 == ask("jobs", "enqueue", "a.b", "--args", '{"x": 9007199254740993.5}').code
    with transaction() as conn:
        assert conn.exec_driver_sql("SELECT args @> '{\"x\": 9007199254740993.5}' FROM bellwork.jobs").scalar_one()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "list", "--actor", "\udcff"),
        ("jobs", "cancel", "1", "--reason", "\udcff"),
        ("jobs", "retry", "--queue", "\udcff"),
    ],
    ids=["list", "cancel", "retry"],
)
def test_bytes_that_are_no_text_are_named(words: tuple[str, ...]) -> None:
    """A shell passes on what it is given; the line says which word it was."""
    answer = ask(*words)

    assert (1, "", "bellwork: '\\udcff' is no text; give it in UTF-8\n") == (answer.code, answer.out, answer.err)


@pytest.mark.usefixtures("database")
def test_an_empty_filter_finds_nothing() -> None:
    """`--actor "$UNSET"` must not mean everybody."""
    wait(2)
    answer = ask("jobs", "cancel", "--actor", "")

    assert (0, "0 jobs cancelled.\n") == (answer.code, answer.out)


@pytest.mark.usefixtures("database")
def test_a_filter_takes_all_that_it_finds_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancel, retry and rename go on until none is left; what cannot be retried stands in nobody's way."""
    monkeypatch.setattr("bellwork.ops.jobs.BATCH", 2)
    monkeypatch.setattr("bellwork.ops.cli.job_rename.BATCH", 2)
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "a.b", "queue": "q", "priority": 0, "lane": "long"}])
        ledger.enqueue(conn, [NewJob("a.old", unique_key=key) for key in ("k", "l", "m", "n", "o")])
    renamed = ask("jobs", "rename", "a.old", "a.b")
    cancelled = ask("jobs", "cancel", "--actor", "a.b")
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("c.d", unique_key="o")])
    retried = ask("jobs", "retry", "--actor", "a.b", "--state", "cancelled")

    assert "5 waiting jobs of a.old renamed to a.b.\n" == renamed.out
    assert cancelled.out.startswith("5 jobs cancelled")
    assert retried.out.startswith("4 jobs retried")
    assert "1 job left alone" in retried.out


@pytest.mark.usefixtures("database")
def test_a_filter_that_is_stopped_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the third batch: two batches are cancelled, and counted; the third is as it was."""
    monkeypatch.setattr("bellwork.ops.jobs.BATCH", 2)
    wait(5)
    cancel, calls = ledger.cancel, []

    def stopped(conn: Connection, ids: list[int], reason: str) -> list[int]:
        calls.append(cancel(conn, ids, reason))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return calls[-1]

    monkeypatch.setattr("bellwork.ops.jobs.cancel", stopped)
    answer = ask("jobs", "cancel", "--actor", "a.b")

    assert 130 == answer.code
    assert "4 jobs cancelled before it was stopped" in answer.err
    with transaction() as conn:
        assert 1 == len(ledger.list_jobs(conn, state="available"))
