"""Opens the host of labs that a URL names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap
from bellwork.tasks.providers.labs.protocol import LabRefused

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.protocol import Labs


@lru_cache(maxsize=16)
def open_labs(url: str, host: str = "") -> Labs:
    """Return the host of labs at a URL, bwrap:///folder; raises LabRefused for any other, LabError for a bad folder."""
    scheme, _, rest = url.partition("://")
    if scheme == "bwrap" and rest.startswith("/"):
        return Bubblewrap(Path(rest), host)
    raise LabRefused(f"LABS_URL {scheme!r}://… is of no known kind; bwrap:///folder can be used")
