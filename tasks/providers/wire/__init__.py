"""The line to HTTP providers: bounded in time and size, and honest about what came back.

patience  how long a call may take, and the tries within it
client    an HTTP client that cuts off what is too big
verdict   what an answer's status means for the caller
"""

from __future__ import annotations

from bellwork.tasks.providers.wire.client import connect, within
from bellwork.tasks.providers.wire.patience import Patience, persist
from bellwork.tasks.providers.wire.verdict import verdict

__all__ = ["Patience", "connect", "persist", "verdict", "within"]
