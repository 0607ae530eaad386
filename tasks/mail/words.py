"""The words of a letter: as they were given, or from a template of its system.

A template is a file `<name>.txt` in the folder `templates` beside the module that the system names as its letters; its
first line is `Subject: …`. A file `<name>.html` beside it is the same for who reads HTML; it may extend `layout.html`,
which is Bellwork's.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, select_autoescape

from bellwork.db.wording import words_of
from bellwork.tasks.mail.hooks import Unready, module_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_OURS = Path(__file__).with_name("templates")
_SUBJECT = "Subject:"


class Words(NamedTuple):
    """What a letter says."""

    subject: str
    text: str
    html: str | None


def fill(system: str, template: str, details: Mapping[str, Any]) -> Words:
    """Fill a template of a system with details; raises Unready where that fails, or a detail is missing."""
    try:
        environment = _environment(system)
        subject, _, text = environment.get_template(f"{template}.txt").render(details).partition("\n")
        html = _html(environment, template, details)
    # A template is code of the system's, and may raise anything.
    except Exception as error:
        raise Unready(f"the template {template!r} of the system {system!r} failed: {words_of(error)}") from error
    if not subject.startswith(_SUBJECT):
        raise Unready(f"the template {template!r} of the system {system!r} does not begin with a line '{_SUBJECT} …'")
    return Words(subject.removeprefix(_SUBJECT).strip(), f"{text.strip()}\n", html)


def _html(environment: Environment, template: str, details: Mapping[str, Any]) -> str | None:
    try:
        found = environment.get_template(f"{template}.html")
    except TemplateNotFound as missing:
        if missing.name != f"{template}.html":
            raise
        return None
    return found.render(details)


@lru_cache(maxsize=64)
def _environment(system: str) -> Environment:
    module = module_of(system)
    folders = [Path(module.__file__).with_name("templates")] if module and module.__file__ else []
    return Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, _OURS)]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
