"""The student who asks for a lesson each hour to see whether one still comes: nobody, and in no figure."""

from __future__ import annotations

SYNTHETIC = "user_synthetic"
