"""Judges a lab by its criteria.

What runs beside the learner's files is believed in nothing but its exit and output, and both are compared out here: so
a program of the learner's can spoil its own points and no others.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.criteria import Criteria, Criterion
    from bellwork.tasks.providers.labs.protocol import Run

#: Seconds that a judge has for all criteria of a lab together.
JUDGE_SECONDS = 10.0
#: Bytes of a command's output, or of a file, that a judge reads.
MOST_READ = 2**20


class Sandbox(Protocol):
    """Where a judge runs one thing: it sees the home and can change nothing."""

    def run(self, argv: list[str], stdin: str, seconds: float) -> Run:
        """Run a program in the home, at most for so long."""

    def answers(self, port: int, seconds: float) -> bool:
        """Say whether a port of the lab takes a connection."""


@dataclass(frozen=True)
class Judged:
    """What became of one criterion; `said` is for the learner and holds none of what was expected."""

    name: str
    kind: str
    passed: bool
    points: int
    of: int
    said: str


@dataclass(frozen=True)
class Verdict:
    """What a judge found: `score` is the share of the points in percent, with two decimals."""

    passed: bool
    score: str
    points: int
    of: int
    criteria: tuple[Judged, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as the JSON document that a lab session keeps."""
        return {**asdict(self), "criteria": [asdict(each) for each in self.criteria]}


def judge(sandbox: Sandbox, criteria: Criteria, seconds: float = JUDGE_SECONDS) -> Verdict:
    """Judge all criteria, one after the other; those for which no time is left are not passed."""
    ends = time.monotonic() + seconds
    judged = []
    for each in criteria.criteria:
        left = ends - time.monotonic()
        said = _trouble(sandbox, each, left) if left > 0 else f"no time was left: all share {seconds:g} s"
        judged.append(Judged(each.name, each.kind, not said, 0 if said else each.points, each.points, said or "passed"))
    points, of = sum(each.points for each in judged), sum(each.of for each in judged)
    score = Decimal(100 * points) / of
    passed = 100 * points >= criteria.pass_percent * of
    return Verdict(passed, str(score.quantize(Decimal("0.01"), ROUND_HALF_UP)), points, of, tuple(judged))


def _trouble(sandbox: Sandbox, wanted: Criterion, seconds: float) -> str:
    """Return why a criterion is not met; nothing where it is."""
    match wanted.kind:
        case "port_answers":
            return "" if sandbox.answers(wanted.port, seconds) else f"nothing answers on port {wanted.port}"
        case "file_exists":
            ran = sandbox.run(["/bin/sh", "-c", '[ -e "$0" ]', f"./{wanted.path}"], "", seconds)
            return "" if ran.code == 0 else ran.said or "there is no such file"
        case "file_contains":
            ran = sandbox.run(["/bin/cat", f"./{wanted.path}"], "", seconds)
            if ran.code != 0:
                return ran.said or "there is no such file that can be read"
            return "" if wanted.text in _text(ran.output) else "the file does not hold what was asked for"
        case "command_succeeds":
            ran = sandbox.run(["/bin/sh", "-c", wanted.command], wanted.stdin, seconds)
            return _ended(ran)
        case "output_equals":
            ran = sandbox.run(["/bin/sh", "-c", wanted.command], wanted.stdin, seconds)
            return _ended(ran) or differs(_text(ran.output), wanted.expected)


def differs(output: str, expected: str) -> str:
    """Say where an output differs from the expected one; nothing where only blanks at ends of lines do."""
    found, wanted = _lines(output), _lines(expected)
    if found == wanted:
        return ""
    line = next((number for number, (a, b) in enumerate(zip(found, wanted, strict=False), 1) if a != b), None)
    if line:
        return f"the output differs in line {line}"
    return (
        f"the output has {len(found)} lines, which is {'more' if len(found) > len(wanted) else 'fewer'} than expected"
    )


def _ended(ran: Run) -> str:
    if ran.code is None:
        return ran.said
    return "" if ran.code == 0 else f"the command ended with {ran.code}"


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
