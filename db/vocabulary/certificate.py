"""What a system shows strangers of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Shown(NamedTuple):
    """All that is shown of a certificate by its number; `issue_no` counts how often it was issued."""

    number: str
    holder: str
    course: str
    issued_at: datetime
    revoked: bool
    issue_no: int
