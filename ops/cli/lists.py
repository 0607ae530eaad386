"""`bellwork lists`: hand in a file of people, see what became of each row, cancel it, take it back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.systems import load, systems
from bellwork.db.vocabulary.class_list import ListError
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from types import ModuleType

app = typer.Typer(no_args_is_help=True)

#: Errors that are shown on a terminal, and seconds between two looks at an upload that is being read.
_SHOWN, _PAUSE = 20, 0.2
_OVER = ("completed", "failed")
#: How `read` and `show` end where an upload is not over.
_NOT_OVER = 3
Upload = Annotated[str, typer.Argument(metavar="UPLOAD", help="The id of the upload, as `read` says it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def read(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or a zip file with users.csv.", dir_okay=False)],
    school: Annotated[str, typer.Option(help="The id of the school.")],
    by: Annotated[str, typer.Option(help="The id of the user who hands it in.")],
    role: Annotated[
        str, typer.Option(help="What people are where the file does not say: student or teacher.")
    ] = "student",
    grade: Annotated[int | None, typer.Option(help="The grade of students where the file does not say.")] = None,
    class_id: Annotated[str | None, typer.Option("--class", help="The class where the file names none.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Write all rows or none.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report what would be, and write nothing.")] = False,
    leavers: Annotated[bool, typer.Option("--leavers", help="Let people leave whose rows say so.")] = False,
    no_letters: Annotated[bool, typer.Option("--no-letters", help="Welcome nobody by mail.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for a worker to read it.", min=0)] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Hand in a file; a worker reads it. Ends with 0 where every row is done, 1 where one is not, 3 where it waits."""
    if not file.is_file():
        output.fail(f"{file} is no file")
    asked = {"school_id": school, "uploaded_by": by, "role": role, "grade_level": grade, "class_id": class_id}
    flags = {"atomic": atomic, "dry_run": dry_run, "leavers": leavers, "invite": not no_letters}
    desk = _desk()
    try:
        with ledger() as conn:
            upload = desk.hand_in(conn, file, **asked, **flags)
    except ListError as refused:
        output.fail(str(refused))
    deadline = time.monotonic() + wait
    while (found := _look(desk, upload))["status"] not in _OVER and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    _tell(found, as_json)


@app.command()
def show(upload: Upload, as_json: AsJson = False) -> None:
    """Say how an upload stands, and which rows are refused; ends as `read` does."""
    _tell(_look(_desk(), upload), as_json)


@app.command()
def cancel(upload: Upload, as_json: AsJson = False) -> None:
    """Cancel an upload that is not over; what was written before stays until it is undone."""
    _change("cancel", upload, as_json)


@app.command()
def undo(upload: Upload, as_json: AsJson = False) -> None:
    """Take back what an upload brought, within 24 hours: new users who have not begun, places in classes, leavers."""
    _change("undo", upload, as_json)


def _change(verb: str, upload: str, as_json: bool) -> None:
    desk = _desk()
    try:
        with ledger() as conn:
            changed = getattr(desk, verb)(conn, upload)
    except ListError as refused:
        output.fail(str(refused))
    found = _look(desk, upload)
    if as_json:
        output.print_json(found)
    elif verb == "undo":
        output.say("A worker takes it back." if changed else "There is nothing to take back, or it was asked before.")
    else:
        output.say("It is cancelled." if changed else f"It was over already: {found['status']}.")


def _desk() -> ModuleType:
    found = [load(each, each.lists) for each in systems() if each.lists]
    if not found:
        output.fail("no system that is loaded reads class lists; BELLWORK_SYSTEMS chooses which are")
    return found[0]


def _look(desk: ModuleType, upload: str) -> dict[str, Any]:
    with ledger() as conn:
        found: dict[str, Any] | None = desk.look(conn, upload)
    if found is None:
        output.fail(f"there is no upload {upload!r}")
    return found


def _tell(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        output.print_json(found)
    else:
        _say(found)
    if found["status"] not in _OVER:
        raise typer.Exit(_NOT_OVER)
    if found["status"] == "failed" or found["failed_count"]:
        raise typer.Exit(1)


def _say(found: dict[str, Any]) -> None:
    if found["status"] not in _OVER:
        done = f"{found['processed_rows']:,} rows read, {found['written_rows']:,} written"
        output.say(f"Upload {found['id']} is {found['status']} ({found['stage'] or 'waiting'}): {done}.")
        output.say(f"  bellwork lists show {found['id']}")
        return
    would = "would be " if found["dry_run"] else ""
    output.say(f"Upload {found['id']}: {found['status']}{', a dry run' if found['dry_run'] else ''}.", "bold")
    if found["reason"]:
        output.say(f"  {found['reason']}", "yellow")
    if found["total_rows"]:
        said = (
            f"{found['created_count']:,} {would}new, {found['known_count']:,} known, {found['place_count']:,} places in"
            f" classes, {found['left_count']:,} {would}leaving, {found['failed_count']:,} refused"
        )
        output.say(f"  {found['total_rows']:,} rows: {said}.")
    for warning in found["warnings"]:
        output.say(f"  {warning}.", "yellow")
    if found["error_log"]:
        output.table(
            ["row", "why"], [[line["row"], line["error"]] for line in found["error_log"][:_SHOWN]], right=["row"]
        )
    if found["failed_count"] > _SHOWN:
        where = f", all of them in {found['errors_path']} in the storage" if found["errors_path"] else ""
        output.say(f"  {found['failed_count']:,} rows are refused; --json shows more{where}.")
