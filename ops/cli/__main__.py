"""`python -m bellwork.ops.cli` is `bellwork`, where the console script is not installed."""

from __future__ import annotations

from bellwork.ops.cli.app import main

main()
