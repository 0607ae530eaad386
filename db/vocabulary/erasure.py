"""What a system says of a person's data that it erased (docs/erase.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Erased:
    """Rows by table that were deleted, and that stay without what they said of the person; and why those stay.

    `files` are the keys or URLs of files in the storage that go with them: they are deleted before the rows' commit.
    """

    deleted: Mapping[str, int] = field(default_factory=dict)
    masked: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    files: Sequence[str] = ()
