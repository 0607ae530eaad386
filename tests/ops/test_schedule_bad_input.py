"""Whatever is typed behind `bellwork schedule` is what was meant, or a line says what is wrong with it."""

from __future__ import annotations

import pytest

from tests.ops.desk import ask
from tests.scheduler.calendars import bring, changes, entry, hourly

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def an_entry(database: str) -> None:
    """An entry that nothing has happened to."""
    del database
    bring(hourly())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "t.hourly", "--cron", "0 0 30 2 *", "--reason", "x"), "never fires"),
        (("set", "t.hourly", "--cron", "* * * * * *", "--reason", "x"), "it has 6 fields"),
        (("set", "t.hourly", "--zone", "Mars/Olympus", "--reason", "x"), "is no time zone"),
        (("set", "t.hourly", "--cron", "\x1b[31m", "--reason", "x"), "printable characters"),
        (("set", "t.hourly", "--reason", "x"), "give --cron, --zone or both"),
        (("set", "t.hourly", "--cron", "@daily", "--declared", "--reason", "x"), "give --cron, --zone or both"),
        (("skip", "t.hourly", "--count", "0", "--reason", "x"), "greater than or equal to 1"),
        (("skip", "t.hourly", "--count", "1001", "--reason", "x"), "less than or equal to 1000"),
        (("pause", "t.hourly"), "Missing option '--reason'"),
        (("run",), "Missing argument 'ENTRY'"),
    ],
)
def test_wrong_usage_is_said_and_changes_nothing(words: tuple[str, ...], said: str) -> None:
    """Exit code 2, and no change is recorded."""
    before = entry()
    told = ask("schedule", *words)

    assert (2, "") == (told.code, told.out)
    assert said in told.err
    assert (before.rule, before.next_tick) == (entry().rule, entry().next_tick)
    assert ["declared"] == [what for what, _, _ in changes()]


@pytest.mark.parametrize("command", ["show", "history", "run", "pause", "resume", "skip", "set"])
def test_an_entry_that_is_not_there_is_named(command: str) -> None:
    """Exit code 1, one line."""
    options = {"show": (), "history": (), "set": ("--cron", "@daily", "--reason", "x")}.get(command, ("--reason", "x"))
    for key in ("t.nonesuch", "", "t.hourly'; --", "\x1b[31m", "\u202e", "k" * 5_000):
        told = ask("schedule", command, *options, "--", key)

        assert (1, "") == (told.code, told.out)
        assert told.err.startswith("bellwork: there is no entry ")
        assert told.err[:-1].isprintable()
