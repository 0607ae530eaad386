"""Where the stranger's distribution lies: a package, and metadata that were written by hand."""

from __future__ import annotations

from pathlib import Path

SITE = Path(__file__).parent / "site"
