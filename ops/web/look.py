"""How a page is made: a template, the words that people read, and every value as text, whatever stands in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bellwork.ops import words
from bellwork.ops.look.schedule import why

if TYPE_CHECKING:
    from starlette.requests import Request

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update({name: getattr(words, name) for name in ("moment", "duration", "shortened")})
_TEMPLATES.filters["why"] = why


def page(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """Return a page made of a template and what it is to show."""
    made = _TEMPLATES.get_template(template).render(url=request.app.url_path_for, here=request.url.path, **shown)
    return HTMLResponse(made, status_code=status)
