"""Which modules WORK_MODULES means: those it names, and the built-in work where an older environment names that."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import bellwork

#: What the built-in work was called before all of Bellwork had one name.
ONCE = "tasks"


def meant_by(name: str) -> str:
    """Return the module that a name of WORK_MODULES means.

    `tasks`, and what stood below it, is bellwork.tasks today, unless the application has a package of that name itself.
    """
    return f"bellwork.{name}" if name.partition(".")[0] == ONCE and not _is_theirs(name) else name


def _is_theirs(name: str) -> bool:
    top = find_spec(ONCE)
    if top is None:
        return False
    if top.origin is None:  # a folder without __init__.py, which declares nothing by itself
        return name != ONCE and find_spec(name) is not None
    ours = Path(bellwork.__file__).with_name(ONCE) / "__init__.py"
    return os.path.realpath(top.origin) != os.path.realpath(ours)
