"""The pipeline inside the test's process, for what needs no process to die: fixtures of the pipeline's own tests."""

from __future__ import annotations

from tests.tasks.content.conftest import model, school, studio

__all__ = ["model", "school", "studio"]
