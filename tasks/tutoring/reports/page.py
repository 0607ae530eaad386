"""A report as people read it: a heading, lines of figures and pictures, as HTML and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from bellwork.tasks.tutoring.charts import bars, line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_TITLES = {
    "weekly": "The week of tutors",
    "monthly": "The month of tutors",
    "interventions": "Interventions of the week",
    "churn": "Who may leave: the month",
}
_TIERS = ("Exemplary", "Strong", "Developing", "Needs Attention", "At Risk")
_RISKS = ("Low", "Medium", "High", "Critical")


@dataclass(frozen=True)
class Page:
    """A report: its heading, figures by name, and pictures as SVG."""

    title: str
    lines: tuple[tuple[str, str], ...]
    pictures: tuple[str, ...]

    @property
    def html(self) -> str:
        """The report as an HTML document that stands alone."""
        pictures = [Markup(picture) for picture in self.pictures]  # noqa: S704 - drawn by charts, which escapes
        rendered: str = _template().render(title=self.title, lines=self.lines, pictures=pictures)
        return rendered

    @property
    def text(self) -> str:
        """The report as text; the pictures are told by the figures."""
        wide = max(len(name) for name, _ in self.lines)
        return "\n".join([self.title, "", *(f"{name:<{wide}}  {value}" for name, value in self.lines), ""])


def page(report: str, since: date, until: date, figures: Mapping[str, Any]) -> Page:
    """Make a report of its figures (bellwork.db.tutoring.reports)."""
    title = f"{_TITLES[report]}, {since:%d %B %Y} to {until.fromordinal(until.toordinal() - 1):%d %B %Y}"
    lines, pictures = _MAKERS[report](figures)
    return Page(title, tuple((name, str(value)) for name, value in lines), tuple(pictures))


def _performance(figures: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], list[str]]:
    tiers = {tier: figures["tiers"].get(tier, 0) for tier in _TIERS}
    lines = [
        ("sessions held", f"{figures['completed']:,}"),
        ("no-shows", f"{figures['no_shows']:,}"),
        ("rescheduled by tutors", f"{figures['reschedules']:,}"),
        ("average rating", "-" if figures["rating"] is None else f"{figures['rating']} of {figures['rated']:,}"),
        *((f"tutors {tier}", many) for tier, many in tiers.items()),
    ]
    days = sorted(figures["days"].items())
    return lines, [line("Sessions held, by day", days), bars("Tutors by tier, at the end", tiers)]


def _interventions(figures: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], list[str]]:
    types = {name.replace("_", " "): many for name, many in sorted(figures["types"].items())}
    lines = [
        *((name, figures[name]) for name in ("begun", "completed", "open", "overdue")),
        *((f"begun: {name}", many) for name, many in types.items()),
        *((f"outcome: {name}", many) for name, many in sorted(figures["outcomes"].items())),
    ]
    return lines, [bars("Begun, by type", types)]


def _churn(figures: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], list[str]]:
    risks = {risk: figures["risks"].get(risk, 0) for risk in _RISKS}
    factors = dict(sorted(figures["factors"].items(), key=lambda factor: -factor[1]))
    lines = [
        ("tutors predicted", figures["tutors"]),
        ("tutors who left", figures["left"]),
        *((f"risk {risk}", many) for risk, many in risks.items()),
        *((f"scored by {version}", many) for version, many in sorted(figures["versions"].items())),
    ]
    named = {name.replace("_", " "): many for name, many in factors.items()}
    return lines, [bars("Tutors by risk", risks), bars("What weighs 5 points or more, in tutors", named)]


_MAKERS = {"weekly": _performance, "monthly": _performance, "interventions": _interventions, "churn": _churn}


def _template() -> Any:
    loader = PackageLoader("bellwork.tasks.tutoring.reports")
    return Environment(
        loader=loader, autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True
    ).get_template("report.html")
