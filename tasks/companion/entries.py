"""What recurs in the companion system: add a line here, and every scheduler knows it at its next start."""

from __future__ import annotations

from bellwork.tasks.companion.nudges.entries import NUDGES
from bellwork.tasks.companion.numbers.entries import NUMBERS

ENTRIES = (*NUDGES, *NUMBERS)
