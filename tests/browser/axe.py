"""axe-core in a page: what it finds wrong for those who do not see, hear or use a mouse as others do.

It comes as a file of the package axe-core-python, whose licence is MIT; axe-core itself is under the MPL 2.0, and no
part of it is kept here. AXE_CORE names another axe.min.js, a newer one for instance.
"""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.chromium import Tab

_FOUND = """
axe.run(document, %s).then((found) => found.violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.html.slice(0, 160)} ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`)))
"""
#: A night has other colours, and nothing else.
_COLOURS = ("color-contrast", "link-in-text-block")


def bring(tab: Tab) -> None:
    """Have it in the page that is shown, until another is."""
    named = os.environ.get("AXE_CORE")
    script = Path(named).read_text() if named else files("axe_core_python").joinpath("axe.min.js").read_text()
    tab.run(f"{script};0")


def violations(tab: Tab, *, colours: bool = False) -> list[str]:
    """Return what breaks a rule of it, or one about colours."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": _COLOURS} if colours else {})
    found: list[str] = tab.run(_FOUND % json.dumps(options))
    return found
