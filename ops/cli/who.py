"""Who is at the front desk, for what is recorded of it."""

from __future__ import annotations

import getpass
import os


def account() -> str:
    """Return the account's name; a user id without a name (a container) is shown as a number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
