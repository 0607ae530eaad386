"""How a page is made: a template, the words that people read, and every value as text, whatever stands in it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from bellwork.db.wording import clean, clean_lines
from bellwork.ops import words
from bellwork.ops.look import late, objectives, problems, schedule
from bellwork.ops.web import drawing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

#: Seconds after which a verdict is too old to stand beside another page.
PILL = 30.0
HERE = Path(__file__).parent
_COMMAND = re.compile(r"`([^`]+)`")
_INSTANT = re.compile(r"^20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)$")
#: What stands in the head of each page, in this order.
NAVIGATION = (
    ("/", "Now"),
    ("/queues", "Queues"),
    ("/jobs", "Jobs"),
    ("/failures", "Failures"),
    ("/workers", "Workers"),
    ("/schedule", "Schedule"),
    ("/pipeline", "Pipeline"),
    ("/mail", "Mail"),
    ("/partitions", "Partitions"),
    ("/actions", "Actions"),
)


def page(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """Return a page made of a template and what it is to show."""
    now, last = datetime.now(UTC), request.app.state.now.last()
    old = last is None or (now - last.at).total_seconds() > PILL
    shared = {
        "here": request.url.path,
        "account": getattr(request.state, "account", None),
        "doors": getattr(request.state, "doors", None),
        "navigation": NAVIGATION,
        "now": now,
        "pill": "ok" if last is None or old else problems.verdict(last, problems.problems(last))[0],
        "asset": _asset,
    }
    made = _templates().get_template(template).render(**shared, **shown)
    return HTMLResponse(made, status_code=status)


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago a time is, or in how long it comes."""
    if at is None:
        return "-"
    seconds = (now - at).total_seconds()
    return f"{words.duration(seconds)} ago" if seconds >= 0 else f"in {words.duration(-seconds)}"


def figure(value: float) -> str:
    """Return a count as it is read at a distance: 999, 12.3 k, 4.5 M."""
    for size, unit in ((10_000_000, "M"), (10_000, "k")):
        if value >= size:
            return f"{value / (1_000_000 if unit == 'M' else 1_000):,.1f} {unit}"
    return f"{value:,.0f}"


def rate(value: float) -> str:
    """Return events a second; a minute where they are few."""
    if not value:
        return "0"
    return f"{value:,.1f}/s" if value >= 1 else f"{value * 60:,.1f}/min"


def address(path: str, **query: Any) -> str:
    """Return a path with its query; what is empty is left out."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def in_path(text: str) -> str:
    """Return a text as a part of a path."""
    return quote(text, safe="")


def coded(text: str) -> Markup:
    """Return a sentence in which what stands between backticks, a command, is shown as one."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - what is not ours is escaped


def listed(facts: Mapping[str, Any] | None) -> str:
    """Return facts as they are read in a line, times to the second: `state: dead; paused at: 2026-06-10 12:30:07Z`."""
    said = []
    for name, value in (facts or {}).items():
        if value is None:
            continue
        at = _moment(value)
        said.append(f"{name.replace('_', ' ')}: {words.moment(at) if at else words.shortened(value, 200)}")
    return "; ".join(said)


def in_order(value: Any) -> str:
    """Return a value as JSON over several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=words.plain)


def _moment(value: Any) -> datetime | None:
    if not (isinstance(value, str) and _INSTANT.match(value)):
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo else None


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update({name: getattr(words, name) for name in ("moment", "duration", "shortened", "plural")})
    made.filters |= {
        "why": schedule.why,
        "came_of": schedule.came_of,
        "clean": clean,
        "clean_lines": clean_lines,
        "ago": ago,
        "figure": figure,
        "rate": rate,
    }
    made.filters |= {
        "in_path": in_path,
        "in_order": in_order,
        "coded": coded,
        "impersonal": words.impersonal,
        "listed": listed,
    }
    made.globals |= {"address": address, "drawing": drawing, "late": late, "objectives": objectives}
    return made


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    """Return the address of a file beside the templates: another one for another content, for it is kept for a year."""
    return f"/static/{name}?{hashlib.sha256((HERE / 'static' / name).read_bytes()).hexdigest()[:12]}"
