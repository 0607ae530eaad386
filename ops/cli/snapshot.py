"""`bellwork snapshot`: how everything stands, written down for a post-mortem; about no person, and with no secret."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bellwork.db import redis_answers
from bellwork.db.engine import psycopg_of
from bellwork.db.redaction import without_people, without_secrets
from bellwork.db.registered import actor_sets, workers
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look.counted import counted
from bellwork.ops.look.picture import look
from bellwork.ops.look.post_mortem import post_mortem


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(snapshot)


def snapshot(
    out: Annotated[str, typer.Option(metavar="FILE|-", help="A file that is not there yet; - is standard output.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write one JSON document of what a post-mortem needs: verdict, problems, queues and their last hour, workers.

    Failures, entries, acts, versions and settings are in it; arguments of jobs, words of errors, and names and reasons
    of operators are not. The file is readable to its owner alone.
    """
    file = None if out == "-" else Path(out)
    if file and file.exists():
        output.fail(f"{out} is there already; name a new file, nothing was written")
    with ledger() as conn:
        driver = psycopg_of(conn)
        picture = look(driver, *redis_answers.look())
        picture = picture if picture.is_fresh else counted(conn, picture)
        found = post_mortem(conn, picture, workers(driver), actor_sets(driver))
    text = without_people(without_secrets(json.dumps(found, indent=1, default=words.plain)))
    if file is None:
        sys.stdout.write(f"{text}\n")
        return
    _write(file, f"{text}\n".encode())
    if as_json:
        output.print_json({"out": str(file), "bytes": len(text) + 1})
    else:
        output.say(f"{file}: {len(text) + 1:,} bytes; {found['status']['verdict']}")


def _write(file: Path, text: bytes) -> None:
    """Write a file whole or not at all."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(text)
        os.link(beside, file)  # not in place of another one
    except OSError as error:
        output.fail(f"{file} cannot be written: {error.strerror}; nothing was written")
    finally:
        beside.unlink(missing_ok=True)
