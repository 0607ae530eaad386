"""The embedded stack: a real PostgreSQL and a real Valkey from wheels, for development, demo and tests.

    start ── pipe ── supervisor ──┬── postgres      stack     what a caller holds: addresses, stop, faults
                                  └── valkey        record    how other terminals find a running stack

The supervisor owns both servers and a lock on the state directory. It stops when the pipe closes, and the kernel
tells the servers when the supervisor is gone: nothing outlives a kill -9 of anybody. No TCP port, no password.
"""

from __future__ import annotations

from bellwork.ops.embedded.errors import EmbeddedError
from bellwork.ops.embedded.record import Addresses, running
from bellwork.ops.embedded.stack import Stack, start

__all__ = ["Addresses", "EmbeddedError", "Stack", "running", "start"]
