"""`python -m tests.soak.producer FOLDER NAME SEED RATE`: places orders of every kind, those of tests/soak too."""

from __future__ import annotations

import sys

from bellwork.ops.soak.producer import main
from tests.soak import work

__all__ = ["work"]

if __name__ == "__main__":
    main(*sys.argv[1:])
