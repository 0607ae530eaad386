"""The commands that run and mend a stack: migrate, doctor, up, demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from db import revision
from db.engine import ping
from ops import words
from ops.cli import output

if TYPE_CHECKING:
    from ops.doctor import Finding
    from ops.processes import Sink

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_COLOURS = ("cyan", "magenta", "blue", "green")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (migrate, doctor, up, demo):
        app.command()(command)


def migrate(as_json: AsJson = False) -> None:
    """Bring the database's schema to this release; what is done already is not done again."""
    from db.migrate import upgrade  # noqa: PLC0415 - loads Alembic only when asked to

    ping()
    before = revision.current()
    upgrade()
    after = revision.current()
    if as_json:
        output.print_json({"before": before, "after": after, "changed": before != after})
    elif before == after:
        output.say(f"The schema is current ({after}).")
    else:
        output.say(f"The schema went from {before or 'nothing'} to {after}.")


def doctor(as_json: AsJson = False) -> None:
    """Check everything a running system needs, and say how to mend what is wrong; exit code 1 if anything fails."""
    from ops.doctor import examine  # noqa: PLC0415 - loads the scheduler and the work

    findings = examine()
    healthy = all(finding.kind != "fail" for finding in findings)
    if as_json:
        output.print_json({"ok": healthy, "checks": [finding.as_dict() for finding in findings]})
    else:
        _print_findings(findings, healthy)
    raise typer.Exit(0 if healthy else 1)


def up() -> None:
    """Run the whole stack for development: embedded servers where none is set, workers, scheduler. Ctrl-C stops."""
    from ops.up import up as run  # noqa: PLC0415 - starts a stack only when asked to

    raise typer.Exit(run(_speaker()))


def demo(
    as_json: AsJson = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running until Ctrl-C.")] = False,
) -> None:
    """Run six requests through the content pipeline on embedded servers, and check how each one ended."""
    from ops.demo import run  # noqa: PLC0415 - loads the work only when asked to

    raise typer.Exit(run(as_json=as_json, keep=keep))


def _print_findings(findings: list[Finding], healthy: bool) -> None:
    troubles = sum(finding.kind != "ok" for finding in findings)
    if not troubles:
        output.say("Everything is in order.", output.STYLES["ok"])
    else:
        said = f"{troubles} of {words.plural(len(findings), 'check')} found something; how to mend it is beside it."
        output.say(said, output.STYLES["warn" if healthy else "fail"])
    rows = [
        [Text(finding.kind, style=output.STYLES[finding.kind]), finding.name, finding.said, finding.mend]
        for finding in findings
    ]
    output.say("")
    output.table(["", "check", "what is", "what to do"], rows)


def _speaker() -> Sink:
    """Return what prints a process's lines behind its name, each name in its own colour."""
    seen: list[str] = []
    console = output.console()

    def speak(name: str, line: str) -> None:
        if name not in seen:
            seen.append(name)
        text = Text(f"{name:>9} | ", style=_COLOURS[seen.index(name) % len(_COLOURS)])
        console.print(text.append(output.printable(line), style="default"), soft_wrap=True)

    return speak
