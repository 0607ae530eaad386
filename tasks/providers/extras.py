"""Loads packages that only some installations have, and says in one line which extra brings them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def extra(name: str, purpose: str) -> Iterator[None]:
    """Turn a missing package inside the block into MissingExtra, naming the extra and what it is for."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise MissingExtra(purpose, missing.name or "?", name) from missing
