"""The commands that run and mend a stack: migrate, doctor, up, demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db import revision
from bellwork.db.engine import ping, transaction
from bellwork.db.ledger import list_entries
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.text_table import Cell

if TYPE_CHECKING:
    from bellwork.ops.doctor import Finding
    from bellwork.ops.processes import Sink

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_COLOURS = ("cyan", "magenta", "blue", "green")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (migrate, doctor, up, demo):
        app.command()(command)


def migrate(as_json: AsJson = False) -> None:
    """Bring the database's schema and calendar to this release; what is done already is not done again.

    What deletes or writes to people begins paused where a system's tables were there before Bellwork.
    """
    from bellwork.db.migrate import upgrade  # noqa: PLC0415 - loads Alembic only when asked to
    from bellwork.ops.doctor.roles import check_roles  # noqa: PLC0415 - the door of the doctor loads the work
    from bellwork.scheduler.declare import synchronise  # noqa: PLC0415 - loads the calendar only when asked to

    ping()
    before = revision.current()
    upgrade()
    after = revision.current()
    declared = synchronise().changed
    with transaction() as conn:
        roles = check_roles(conn)
        paused = [entry.key for entry in list_entries(conn) if entry.paused_at and entry.key in declared]
    if roles.kind != "ok":
        output.warn(f"roles {roles.said}: {roles.mend}")
    if as_json:
        changed = {"before": before, "after": after, "changed": before != after}
        output.print_json({**changed, "entries": declared, "paused": paused})
        return
    if before == after:
        output.say(f"The schema is current ({after}).")
    else:
        output.say(f"The schema went from {before or 'nothing'} to {after}.")
    if declared:
        output.say(f"Entries of the calendar that are new or changed: {len(declared)}.")
    if paused:
        output.warn(f"paused until you resume them (bellwork schedule resume KEY): {', '.join(paused)}")


def doctor(
    as_json: AsJson = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also hold every job, the history's too, against the ledger's invariants.")
    ] = False,
) -> None:
    """Check everything a running system needs, and say how to mend what is wrong; exit code 1 if anything fails."""
    from bellwork.ops.doctor import examine  # noqa: PLC0415 - loads the scheduler and the work

    findings = examine(deep=deep)
    healthy = all(finding.kind != "fail" for finding in findings)
    if as_json:
        output.print_json({"ok": healthy, "checks": [finding.as_dict() for finding in findings]})
    else:
        _print_findings(findings, healthy)
    raise typer.Exit(0 if healthy else 1)


def up() -> None:
    """Run the whole stack for development: embedded servers where none is set, workers, scheduler. Ctrl-C stops."""
    from bellwork.ops.up import up as run  # noqa: PLC0415 - starts a stack only when asked to

    raise typer.Exit(run(_speaker()))


def demo(
    as_json: AsJson = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running until Ctrl-C.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SYSTEM", help="Play this system's scenes; may be repeated.")
    ] = None,
) -> None:
    """Play the scenes of all systems on embedded servers, check what must hold, and show it as a page."""
    from bellwork.ops.demo import run  # noqa: PLC0415 - loads the work only when asked to

    raise typer.Exit(run(as_json=as_json, keep=keep, only=only or ()))


def _print_findings(findings: list[Finding], healthy: bool) -> None:
    troubles = sum(finding.kind != "ok" for finding in findings)
    if not troubles:
        output.say("Everything is in order.", output.STYLES["ok"])
    else:
        said = f"{troubles} of {words.plural(len(findings), 'check')} found something; how to mend it is beside it."
        output.say(said, output.STYLES["warn" if healthy else "fail"])
    rows = [
        [Cell(finding.kind, output.STYLES[finding.kind]), finding.name, finding.said, finding.mend]
        for finding in findings
    ]
    output.say("")
    output.table(["", "check", "what is", "what to do"], rows)


def _speaker() -> Sink:
    """Return what prints a process's lines behind its name, each name in its own colour."""
    from rich.text import Text  # noqa: PLC0415 - loaded where colours are wanted

    seen: list[str] = []
    console = output.console()

    def speak(name: str, line: str) -> None:
        if name not in seen:
            seen.append(name)
        text = Text(f"{name:>9} | ", style=_COLOURS[seen.index(name) % len(_COLOURS)])
        console.print(text.append(output.shown(line), style="default"), soft_wrap=True)

    return speak
