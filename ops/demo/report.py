"""What the demo says in the end: a table for people, or one JSON document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.sheet import Cell
from bellwork.ops.demo.cases import CASES

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.ops.demo.cases import Case
    from bellwork.ops.demo.checks import Check
    from bellwork.ops.demo.month import Month
    from bellwork.ops.demo.play import Play
    from bellwork.ops.demo.seen import Seen


@dataclass(frozen=True)
class Report:
    """How it went, case by case."""

    game: Play
    checks: dict[str, list[Check]]
    films: dict[str, Path]
    month: Month
    seconds: float

    @property
    def ok(self) -> bool:
        """Tell whether every case ended as it should, and the month left."""
        return self.month.ok and all(check.ok for checks in self.checks.values() for check in checks)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        good = sum(all(check.ok for check in checks) for checks in self.checks.values())
        films = words.plural(len(set(self.films.values())), "film")
        how = "as they should" if self.ok else "as they should; the others are explained below"
        return f"{good} of {len(CASES)} requests ended {how}, in {self.seconds:.0f} s; {films} made."


def as_data(report: Report) -> dict[str, Any]:
    """Return everything as plain data."""
    return {
        "ok": report.ok,
        "summary": report.summary,
        "seconds": round(report.seconds, 1),
        "requests": [_case_data(case, report) for case in CASES],
        "films": sorted({str(film) for film in report.films.values()}),
        "month": {"ok": report.month.ok, "said": report.month.summary},
    }


def print_report(report: Report) -> None:
    """Print the table, what went wrong, and where the films are."""
    output.say("")
    output.table(
        ["request", "shows", "the way, with seconds", "cache", "attempts", ""],
        [_case_row(case, report) for case in CASES],
        right=["attempts"],
    )
    output.say("")
    output.say(report.summary, output.STYLES["ok" if report.ok else "fail"])
    output.say(report.month.summary, output.STYLES["ok" if report.month.ok else "fail"])
    for case in CASES:
        for check in report.checks[case.key]:
            if not check.ok:
                output.say(f"  {case.key}: wanted {check.wanted}; found {check.found}", "red")
    for film in sorted({str(film) for film in report.films.values()}):
        output.say(film)


def _case_data(case: Case, report: Report) -> dict[str, Any]:
    seen = report.game.seen.get(case.key)
    checks = report.checks[case.key]
    film = report.films.get(case.key)
    return {
        "request": case.key,
        "shows": case.shows,
        "id": report.game.ids.get(case.key),
        "student": case.student,
        "query": case.query,
        "ok": all(check.ok for check in checks),
        "expected": case.ends,
        "status": seen.status if seen else None,
        "path": [{"status": step.status, "seconds": round(step.seconds, 3)} for step in seen.path] if seen else [],
        "cache": _cache(case, seen),
        "attempts": seen.attempts if seen else 0,
        "jobs": [_job_data(job) for job in seen.jobs] if seen else [],
        "error": seen.row["error_message"] if seen else None,
        "film": str(film) if film else None,
        "checks": [asdict(check) for check in checks],
    }


def _job_data(job: dict[str, Any]) -> dict[str, Any]:
    errors = [error.get("error") if isinstance(error, dict) else error for error in job["errors"]]
    return {"actor": job["actor"], "state": job["state"], "attempts": job["attempt"], "errors": errors}


def _case_row(case: Case, report: Report) -> list[Any]:
    seen, ok = report.game.seen.get(case.key), all(check.ok for check in report.checks[case.key])
    way = " > ".join(f"{step.status} {step.seconds:.1f}" for step in seen.path) if seen else "never asked"
    verdict = Cell("ok" if ok else "WRONG", output.STYLES["ok" if ok else "fail"])
    return [case.key, case.shows, way, _cache(case, seen), seen.attempts if seen else 0, verdict]


def _cache(case: Case, seen: Seen | None) -> str:
    if seen is None:
        return "-"
    if seen.row["cache_hit"]:
        return "hit"
    return "shared" if case.key == "twin" else "miss"
