"""Which servers a command uses: those of the settings, or embedded ones for whatever is not set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bellwork.db.engine import forget
from bellwork.db.settings import Settings, believe_settings, settings
from bellwork.ops import embedded

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

ADDRESSES = ("DATABASE_URL", "REDIS_URL")


def provide(state_dir: Path, cleanup: ExitStack) -> embedded.Stack | None:
    """Start the embedded stack for the addresses that are not set, and set them for this process and its children.

    Returns None where both were set. Raises SettingsError for any setting that is wrong, EmbeddedError where the
    stack cannot be started.
    """
    missing = _missing()
    stack = None
    if missing:
        stack = embedded.start(state_dir)
        cleanup.callback(stack.stop)
        ours = {"DATABASE_URL": stack.database_url, "REDIS_URL": stack.redis_url}
        os.environ.update({name: ours[name] for name in missing})
    forget()
    settings()
    return stack


def _missing() -> list[str]:
    """Name the addresses that neither the environment nor `.env` sets; an empty one counts as not set."""
    for name in ADDRESSES:
        if not os.environ.get(name, "unset").strip():
            del os.environ[name]
    believe_settings()
    try:
        Settings()  # type: ignore[call-arg] # they come from the environment
    except ValidationError as error:
        problems = [(str(problem["loc"][0]).upper(), problem["type"]) for problem in error.errors() if problem["loc"]]
        return [name for name, kind in problems if kind == "missing"]
    return []
