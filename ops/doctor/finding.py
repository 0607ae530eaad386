"""What one check says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What one check found; `mend` is empty where nothing is to be done."""

    kind: Literal["ok", "warn", "fail"]
    name: str
    said: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain data."""
        return asdict(self)
