"""Opens the host of labs that a URL names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap
from bellwork.tasks.providers.labs.podman import Podman
from bellwork.tasks.providers.labs.protocol import LabRefused

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.protocol import Labs


@lru_cache(maxsize=16)
def open_labs(url: str, host: str = "") -> Labs:
    """Return the host of labs at a URL: bwrap:///folder, or podman:///folder?image=NAME (of labs that name no image).

    Raises LabRefused for any other URL, LabError for a bad folder.
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    if not parts.netloc and parts.path.startswith("/") and not parts.fragment:
        if parts.scheme == "bwrap" and not asked:
            return Bubblewrap(Path(parts.path), host)
        if parts.scheme == "podman" and asked.keys() <= {"image"}:
            return Podman(Path(parts.path), asked.get("image", [""])[-1], host)
    raise LabRefused(
        f"LABS_URL {url[:80]!r} is of no known kind; bwrap:///folder or podman:///folder?image=NAME can be used"
    )
