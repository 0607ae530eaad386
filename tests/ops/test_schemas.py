"""Every command's document is described: each has a schema, and what it prints is as the schema says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from bellwork.ops.cli.app import app
from tests.db.ledger import ledger_jobs
from tests.db.snapshot.seconds import look
from tests.ops.desk import ask
from tests.ops.schema import FOLDER, OLDER, complaints, described_by
from tests.ops.test_web_failures import failed
from tests.scheduler.calendars import bring, hourly

if TYPE_CHECKING:
    from collections.abc import Iterator


def commands(group: Any = None, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that has `--json`."""
    group = group or get_command(app)
    for name in group.commands:
        each, named = group.commands[name], (*words, name)
        if hasattr(each, "commands"):
            yield from commands(each, named)
        elif any("--json" in parameter.opts for parameter in each.params):
            yield named


def schema(name: str) -> dict[str, Any]:
    """Read a schema."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text())
    return found


def test_every_command_has_a_schema_and_every_schema_its_commands() -> None:
    """It is named as the command is, and its title names all commands that print such a document."""
    named: dict[str, list[str]] = {}
    for words in commands():
        whole = "-".join(words)
        named.setdefault(OLDER.get(whole, whole), []).append(f"bellwork {' '.join(words)} --json")

    assert set(named) == {path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.json")}
    assert {} == {name: title for name in named if (title := schema(name)["title"]) != ", ".join(sorted(named[name]))}


@pytest.mark.usefixtures("database")
def test_what_commands_print_is_as_the_schemas_say() -> None:
    """Those that look, and those that change a little; of the others, as of these, all tests look at the documents."""
    bring(hourly())
    [dead] = failed(1, "KeyError: 'ada'")
    waits = ledger_jobs.put()[-1]
    look()
    [fingerprint] = [each["fingerprint"] for each in json.loads(ask("failures", "list", "--json").out)["failures"]]
    asked = {
        *("status", "workers", "queues list", "top", "check queue-latency -q default", "snapshot --out -", "acts"),
        "slo",
        *("jobs list", f"jobs show {dead}", f"jobs explain {waits}", f"explain job {waits}", "jobs compat"),
        *(f"failures show {fingerprint}", f"jobs cancel {waits} --dry-run", f"jobs reprioritise {waits} --priority 3"),
        *("budgets list", "budgets set llm --calls 5 --reason x"),
        *("queues limits default --concurrency 2", "queues pause default --reason x", "queues resume default"),
        *("queues drain default --reason x", f"jobs cancel {waits}", f"jobs retry {waits}", "jobs enqueue a.b"),
        *("schedule list", "schedule show t.hourly", "schedule history t.hourly", "letters list", "letters stopped"),
        *("partitions list", "partitions plan", "retention plan", "migrate", "jobs show 999999", "status --nothing"),
    }
    answers = {words: ask(*words.split(), "--json") for words in sorted(asked)}
    wrong = {
        words: complaints(described_by(words.split()), json.loads(answer.out))
        for words, answer in answers.items()
        if answer.out
    }

    assert {} == {words: said for words, said in wrong.items() if said}
    assert ["status --nothing"] == [words for words, answer in answers.items() if not answer.out]
