"""Runs `bellwork` in this process, from the arguments to the exit code: what a process of its own would say, sooner.

Each document that it prints is held against its schema in docs/schemas, whatever the test asks for.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from bellwork.ops.cli import main
from tests.ops.schema import complaints, described_by


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def ask(*words: str, given: bytes = b"") -> Answer:
    """Run a command, with `given` on its standard input; whatever it raises instead of ending is raised here."""
    stdin = io.TextIOWrapper(io.BytesIO(given), "utf-8")
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        patch.object(sys, "argv", ["bellwork", *words]),
        patch.object(sys, "stdin", stdin),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    answer = Answer(code, _text(out), _text(err))
    if "--json" in words and answer.out:
        wrong = complaints(described_by(words), json.loads(answer.out))
        assert not wrong, f"{words}: {wrong}"
    return answer


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
