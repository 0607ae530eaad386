"""`python -m ops.cli` is `bellwork`, where the console script is not installed."""

from __future__ import annotations

from ops.cli.app import main

main()
