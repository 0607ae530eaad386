"""What counts as the id of a job on the command line: a whole number from 1 to 2^63 - 1, in plain digits."""

from __future__ import annotations

import re

import typer

LARGEST = 2**63 - 1
_DIGITS = re.compile(r"[1-9][0-9]{0,18}")


def job_id(given: str) -> int:
    """Return the number; a usage error (exit code 2) for anything else, which is quoted."""
    if not _DIGITS.fullmatch(given) or int(given) > LARGEST:
        shown = given if len(given) <= 40 else f"{given[:40]}…"  # noqa: PLR2004 - what fits a line
        raise typer.BadParameter(f"{shown!r} is no job id; it is a whole number, as `bellwork jobs list` shows it")
    return int(given)
