"""What the companion shows in the demo: who is nudged, who is not and why, and the letter itself."""

from __future__ import annotations

from bellwork.tasks.companion.scenes.nudging import Nudging

SCENES = (Nudging,)
